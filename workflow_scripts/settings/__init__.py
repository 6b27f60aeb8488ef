"""What each step is told: one record a step, which the plan makes of a study and the step's command reads from a file.

A step knows no more of a study than its record says. Snakemake runs a job again when the record changes.
"""
