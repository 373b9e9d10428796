package sysfs

import "strconv"

// What sensors may say before it is taken for nonsense.
const (
	maxMHz       = 100_000
	maxMicroWatt = 100_000 * 1_000_000
	maxRPM       = 1_000_000
	minMilliC    = -100_000
	maxMilliC    = 1_000_000
)

// sensors reads the device's hwmon folder. A card has one of the driver's own;
// others, of devices on its board, have other names.
func (f FS) sensors(dir string, g *GPU) {
	names, _ := f.numbered(dir+"hwmon", "hwmon")
	for _, name := range names {
		if at := dir + "hwmon/" + name + "/"; f.Text(at+"name") == "amdgpu" {
			f.hwmon(at, g)
			return
		}
	}
}

func (f FS) hwmon(at string, g *GPU) {
	// Some GPUs have only the average, others only the present value.
	g.Power = f.scaled(at+"power1_average", 0, maxMicroWatt, 1e6)
	if g.Power == nil {
		g.Power = f.scaled(at+"power1_input", 0, maxMicroWatt, 1e6)
	}
	g.PowerLimit = f.scaled(at+"power1_cap", 0, maxMicroWatt, 1e6)
	g.Fan = f.number(at+"fan1_input", 0, maxRPM)
	g.CoreClock = f.frequency(at, "sclk", g.CoreClock)
	g.MemoryClock = f.frequency(at, "mclk", g.MemoryClock)
	for i := 1; i <= 3; i++ {
		f.temperature(at+"temp"+strconv.Itoa(i), &g.Temperature)
	}
}

func (f FS) temperature(prefix string, t *Temperature) {
	value := f.scaled(prefix+"_input", minMilliC, maxMilliC, 1e3)
	switch f.Text(prefix + "_label") {
	case "edge":
		t.Edge = value
	case "junction":
		t.Junction = value
	case "mem":
		t.Memory = value
	}
}

// frequency is the sensor of a clock, in MHz, for GPUs without levels of it.
func (f FS) frequency(at, label string, known *int64) *int64 {
	if known != nil {
		return known
	}
	for _, i := range []string{"1", "2"} {
		if f.Text(at+"freq"+i+"_label") != Text(label) {
			continue
		}
		if hz := f.number(at+"freq"+i+"_input", 0, maxMHz*1_000_000); hz != nil {
			mhz := *hz / 1_000_000
			return &mhz
		}
	}
	return nil
}
