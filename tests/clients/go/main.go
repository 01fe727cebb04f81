// go-oidc and golang.org/x/oauth2: a confidential app that finds out by itself how the server wants to be authenticated to.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"runtime/debug"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

type object = map[string]any

// One line of JSON.
func tell(words object) {
	must(json.NewEncoder(os.Stdout).Encode(words))
}

func must(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func got[T any](value T, err error) T {
	must(err)
	return value
}

// RFC 8252 §7.3: any port of the loopback address.
func listen() (redirectURI string, callback chan *http.Request) {
	listener := got(net.Listen("tcp", "127.0.0.1:0"))
	callback = make(chan *http.Request, 1)
	go http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, "<!doctype html><title>Signed in</title><link rel=icon href=data:,><p>Back in the app.")
		if r.URL.Path == "/callback" {
			callback <- r
		}
	}))
	return "http://" + listener.Addr().String() + "/callback", callback
}

func tokens(token *oauth2.Token) object {
	return object{
		"access_token":  token.AccessToken,
		"refresh_token": token.RefreshToken,
		"token_type":    token.TokenType,
		"expires_in":    int(time.Until(token.Expiry).Seconds()),
		"scope":         token.Extra("scope"),
	}
}

func versions() string {
	info, _ := debug.ReadBuildInfo()
	found := map[string]string{}
	for _, module := range info.Deps {
		found[module.Path] = strings.TrimPrefix(module.Version, "v")
	}
	return found["github.com/coreos/go-oidc/v3"] + ", " + found["golang.org/x/oauth2"]
}

func main() {
	ctx := context.Background()
	provider := got(oidc.NewProvider(ctx, os.Getenv("ISSUER")))
	redirectURI, callback := listen()
	config := oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     provider.Endpoint(),
		RedirectURL:  redirectURI,
		Scopes:       strings.Fields(os.Getenv("SCOPE")),
	}
	verifier, state, nonce := oauth2.GenerateVerifier(), oauth2.GenerateVerifier(), oauth2.GenerateVerifier()
	tell(object{"open": config.AuthCodeURL(state, oidc.Nonce(nonce), oauth2.S256ChallengeOption(verifier))})
	answer := (<-callback).URL.Query()
	if answer.Get("state") != state {
		log.Fatalf("another state: %v", answer)
	}
	first := got(config.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(verifier)))

	raw, _ := first.Extra("id_token").(string)
	idToken := got(provider.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(ctx, raw))
	if idToken.Nonce != nonce {
		log.Fatal("another nonce")
	}
	must(idToken.VerifyAccessToken(first.AccessToken))
	var claims, profile object
	must(idToken.Claims(&claims))
	userinfo := got(provider.UserInfo(ctx, oauth2.StaticTokenSource(first)))
	must(userinfo.Claims(&profile))

	expired := &oauth2.Token{RefreshToken: first.RefreshToken, Expiry: time.Now().Add(-time.Hour)}
	second := got(config.TokenSource(ctx, expired).Token())
	replayed := ""
	if _, err := config.Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(verifier)); err != nil {
		var refusal *oauth2.RetrieveError
		if errors.As(err, &refusal) {
			replayed = refusal.ErrorCode
		}
	}

	service := clientcredentials.Config{
		ClientID:     config.ClientID,
		ClientSecret: config.ClientSecret,
		TokenURL:     provider.Endpoint().TokenURL,
	}
	own := got(service.Token(ctx))

	tell(object{
		"library": "go-oidc, golang.org/x/oauth2",
		"version": versions(),
		"steps": object{
			"discovery":          object{"issuer": os.Getenv("ISSUER")},
			"code":               object{"tokens": tokens(first), "replayed": replayed},
			"id_token":           object{"claims": claims},
			"userinfo":           object{"claims": profile},
			"refresh":            object{"tokens": tokens(second)},
			"client_credentials": object{"tokens": tokens(own)},
		},
	})
}
