"""Label files as text: intervals in the formats that the readers of vad.corpora take back."""
