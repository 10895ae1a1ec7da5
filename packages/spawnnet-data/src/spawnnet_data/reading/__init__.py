"""Demonstrations as a learner reads them: keys mapped, checked, summed up."""
