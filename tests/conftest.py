"""What every test may use. The database, the rows and the servers are plugins of their own in `tests/plugins`."""

import hypothesis

# The machine is shared: an example that took long once says nothing about the code.
hypothesis.settings.register_profile("suite", deadline=None)
hypothesis.settings.load_profile("suite")
