//go:build unix && !linux

package cpu

func adviseHuge([]byte) {}

func available() int { return -1 }
