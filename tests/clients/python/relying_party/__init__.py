"""A Django site whose people sign in elsewhere: by mozilla-django-oidc, by social-auth, or by Authlib."""
