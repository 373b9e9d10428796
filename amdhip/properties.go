package amdhip

import (
	"encoding/binary"
	"unsafe"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// Properties are what this project asks hipDeviceProp_t for. Sizes are in
// bytes, rates in kHz.
type Properties struct {
	Name                         string // "AMD Radeon RX 7900 XTX"; may be empty
	ArchName                     string // gcnArchName: "gfx1100", "gfx950:sramecc+:xnack-"
	TotalGlobalMem               uint64
	SharedMemPerBlock            uint64 // LDS
	SharedMemPerMultiProcessor   uint64
	RegsPerBlock                 int
	WarpSize                     int // lanes of a wave: 32 or 64
	MultiProcessorCount          int // compute units, or pairs of them (WGP)
	MaxThreadsPerBlock           int
	MaxThreadsPerMultiProcessor  int
	MaxGridSize                  [3]int
	ClockRate                    int
	ClockInstructionRate         int // of the device's wall clock
	MemoryClockRate              int
	MemoryBusWidth               int // in bits
	L2CacheSize                  int
	Integrated                   bool // an APU
	Major, Minor                 int
	PCIDomain, PCIBus, PCIDevice int
	ECCEnabled                   bool
	IsLargeBar                   bool
	ASICRevision                 int
}

// A layout says where the fields of hipDeviceProp_t are. Fields have the names
// that they have in C.
type layout struct {
	size, name, gcnArchName, totalGlobalMem, sharedMemPerBlock, maxSharedMemoryPerMultiProcessor, regsPerBlock, warpSize,
	multiProcessorCount, maxThreadsPerBlock, maxThreadsPerMultiProcessor, maxGridSize, clockRate, clockInstructionRate,
	memoryClockRate, memoryBusWidth, l2CacheSize, integrated, major, minor, pciDomainID, pciBusID, pciDeviceID,
	ECCEnabled, isLargeBar, asicRevision int
}

// r0600 is the layout since HIP 6.0.
var r0600 = layout{
	size: 1472, name: 0, gcnArchName: 1160, totalGlobalMem: 288, sharedMemPerBlock: 296, maxSharedMemoryPerMultiProcessor: 1416,
	regsPerBlock: 304, warpSize: 308, multiProcessorCount: 388, maxThreadsPerBlock: 320, maxThreadsPerMultiProcessor: 624, maxGridSize: 336,
	clockRate: 348, clockInstructionRate: 1424, memoryClockRate: 608, memoryBusWidth: 612, l2CacheSize: 616, integrated: 396,
	major: 360, minor: 364, pciDomainID: 592, pciBusID: 584, pciDeviceID: 588, ECCEnabled: 580,
	isLargeBar: 1464, asicRevision: 1468,
}

// r0000 is the layout before. hipGetDeviceProperties, called by this name,
// still fills it.
var r0000 = layout{
	size: 792, name: 0, gcnArchName: 396, totalGlobalMem: 256, sharedMemPerBlock: 264, maxSharedMemoryPerMultiProcessor: 376,
	regsPerBlock: 272, warpSize: 276, multiProcessorCount: 336, maxThreadsPerBlock: 280, maxThreadsPerMultiProcessor: 344, maxGridSize: 296,
	clockRate: 308, clockInstructionRate: 352, memoryClockRate: 312, memoryBusWidth: 316, l2CacheSize: 340, integrated: 652,
	major: 328, minor: 332, pciDomainID: 364, pciBusID: 368, pciDeviceID: 372, ECCEnabled: 740,
	isLargeBar: 764, asicRevision: 768,
}

// propertiesRoom is more than any version of the struct needs.
const propertiesRoom = 8192

// GetDeviceProperties is hipGetDevicePropertiesR0600, or the older
// hipGetDeviceProperties where there is no such function.
func (l *Library) GetDeviceProperties(device int) (Properties, error) {
	fn, call, where := l.fn.GetDevicePropertiesR0600, "hipGetDevicePropertiesR0600", &r0600
	if fn == 0 {
		fn, call, where = l.fn.GetDeviceProperties, "hipGetDeviceProperties", &r0000
	}
	if fn == 0 {
		return Properties{}, l.lacks(call)
	}
	b := make([]byte, propertiesRoom)
	if err := l.err(call, dl.Call(fn, uintptr(unsafe.Pointer(&b[0])), uintptr(device))); err != nil {
		return Properties{}, err
	}
	return where.read(b), nil
}

// read takes the fields out of a hipDeviceProp_t.
func (w *layout) read(b []byte) Properties {
	number := func(at int) int { return int(int32(binary.NativeEndian.Uint32(b[at:]))) }
	size := func(at int) uint64 { return binary.NativeEndian.Uint64(b[at:]) }
	text := func(at int) string { return dl.UntilZero(b[at : at+256]) }
	return Properties{
		Name:                        text(w.name),
		ArchName:                    text(w.gcnArchName),
		TotalGlobalMem:              size(w.totalGlobalMem),
		SharedMemPerBlock:           size(w.sharedMemPerBlock),
		SharedMemPerMultiProcessor:  size(w.maxSharedMemoryPerMultiProcessor),
		RegsPerBlock:                number(w.regsPerBlock),
		WarpSize:                    number(w.warpSize),
		MultiProcessorCount:         number(w.multiProcessorCount),
		MaxThreadsPerBlock:          number(w.maxThreadsPerBlock),
		MaxThreadsPerMultiProcessor: number(w.maxThreadsPerMultiProcessor),
		MaxGridSize:                 [3]int{number(w.maxGridSize), number(w.maxGridSize + 4), number(w.maxGridSize + 8)},
		ClockRate:                   number(w.clockRate),
		ClockInstructionRate:        number(w.clockInstructionRate),
		MemoryClockRate:             number(w.memoryClockRate),
		MemoryBusWidth:              number(w.memoryBusWidth),
		L2CacheSize:                 number(w.l2CacheSize),
		Integrated:                  number(w.integrated) != 0,
		Major:                       number(w.major),
		Minor:                       number(w.minor),
		PCIDomain:                   number(w.pciDomainID),
		PCIBus:                      number(w.pciBusID),
		PCIDevice:                   number(w.pciDeviceID),
		ECCEnabled:                  number(w.ECCEnabled) != 0,
		IsLargeBar:                  number(w.isLargeBar) != 0,
		ASICRevision:                number(w.asicRevision),
	}
}
