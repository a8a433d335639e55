"""The servers and processes of one checkout, started and stopped together; standard library only."""
