package main

func vectorKernels(s *isa) {}
func mulAVX2()             {}
