"""`make bench`: what a request costs here, beside django-oauth-toolkit and beside bare views that run the same SQL."""
