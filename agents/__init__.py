"""Technicians and their teams: who answers, and whether they are there. Imports neither chat nor customers."""
