"""The strict local platforms, tried by themselves."""
