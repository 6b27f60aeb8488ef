"""The jobs of Snakemake: their partitions, their time and memory, their errors, and the index of their commands."""
