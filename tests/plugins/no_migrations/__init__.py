"""What stands for the migrations of django-oauth-toolkit while the database of a run is made (`databases.py`)."""
