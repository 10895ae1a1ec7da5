from hypothesis import settings

# No deadline: how long one example takes on a busy machine says nothing about the code.
settings.register_profile("gdict", deadline=None, max_examples=40)
settings.load_profile("gdict")
