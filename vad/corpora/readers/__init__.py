"""One module for each kind of corpus, by the name that a card uses under `reader`."""
