"""What follows from a study: models, files, and the settings of each job. The rules get all of it from here."""
