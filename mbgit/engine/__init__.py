"""The merge engine: pure, standard library only; this folder is what is copied into each clone."""
