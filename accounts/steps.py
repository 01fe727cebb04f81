"""OpenID Connect Core 1.0 §3.1.2.3: where a person who has to show who they are is sent."""

from oauth_server.interaction.base import SignInStep


class LoginStep(SignInStep):
    pass
