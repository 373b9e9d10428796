//go:build !race

package badfiles

const raceEnabled = false
