package site;

import java.util.Map;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.SpringBootVersion;
import org.springframework.security.core.annotation.AuthenticationPrincipal;
import org.springframework.security.oauth2.core.oidc.user.OidcUser;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RestController;

/** Spring's own defaults: nothing without a sign-in; `/` says what was accepted. */
@SpringBootApplication
@RestController
public class App {
    public static void main(String[] args) {
        SpringApplication.run(App.class, args);
    }

    @GetMapping("/")
    public Map<String, Object> who(@AuthenticationPrincipal OidcUser user) {
        return Map.of(
            "claims", user.getIdToken().getClaims(),
            "userinfo", user.getUserInfo().getClaims(),
            "version", SpringBootVersion.getVersion());
    }
}
