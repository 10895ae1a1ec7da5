"""Pages about runs, comparisons and studies: one HTML file each, which needs nothing else."""
