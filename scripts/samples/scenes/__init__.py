"""What is broken: one function for each picture, which says what stands where."""
