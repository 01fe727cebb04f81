"""A Django site whose people sign in elsewhere: by mozilla-django-oidc, django-allauth, social-auth or Authlib."""
