"""People: sign-in, registration, password reset, e-mail confirmation; on django-allauth, which no other package imports."""
