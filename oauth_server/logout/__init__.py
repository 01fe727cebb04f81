"""OpenID Connect RP-Initiated, Front-Channel and Back-Channel Logout 1.0, Session Management 1.0: how a sign-in ends everywhere."""
