"""A page on the loopback address that runs two models on a file or the microphone."""
