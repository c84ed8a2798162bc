"""Features as tables: faces frame by frame, the voice, the words.

`face`, `prosody` and `words` measure one clip; `table` says which columns there are and
reads many clips; `files` writes the rows as they come.
"""
