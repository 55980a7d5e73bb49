from hypothesis import settings

# The machine's speed is not a property of the code.
settings.register_profile("taskwire", deadline=None, print_blob=True)
settings.load_profile("taskwire")

pytest_plugins = ["tests.services"]
