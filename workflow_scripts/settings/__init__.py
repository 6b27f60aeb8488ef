"""The settings of each step. The plan writes them to a file for each job, and the command of the step reads this file.

A command knows nothing of a study but its settings. Snakemake runs a job again when its settings change.
"""
