package amdhip

import (
	"unsafe"

	"github.com/rocmforge/rocmforge/internal/dl"
)

// A DeviceAttribute is a hipDeviceAttribute_t. The numbers are those of HIP 5
// and later.
type DeviceAttribute int32

// Some of HIP's device attributes. Sizes are in bytes, rates in kHz.
const (
	AttributeClockRate                        DeviceAttribute = 5
	AttributeIntegrated                       DeviceAttribute = 16
	AttributeL2CacheSize                      DeviceAttribute = 19
	AttributeMaxThreadsPerBlock               DeviceAttribute = 56
	AttributeMaxThreadsPerMultiProcessor      DeviceAttribute = 57
	AttributeMemoryBusWidth                   DeviceAttribute = 59 // in bits
	AttributeMemoryClockRate                  DeviceAttribute = 60
	AttributeMultiprocessorCount              DeviceAttribute = 63 // compute units, or pairs of them (WGP)
	AttributePciBusId                         DeviceAttribute = 67
	AttributePciDeviceId                      DeviceAttribute = 68
	AttributePciDomainID                      DeviceAttribute = 69
	AttributeMaxRegistersPerBlock             DeviceAttribute = 71
	AttributeMaxRegistersPerMultiprocessor    DeviceAttribute = 72
	AttributeMaxSharedMemoryPerBlock          DeviceAttribute = 74 // LDS
	AttributeSharedMemPerBlockOptin           DeviceAttribute = 75
	AttributeSharedMemPerMultiprocessor       DeviceAttribute = 76
	AttributeWarpSize                         DeviceAttribute = 87 // lanes of a wave
	AttributeMaxSharedMemoryPerMultiprocessor DeviceAttribute = 10002
	AttributeIsLargeBar                       DeviceAttribute = 10011
	AttributeAsicRevision                     DeviceAttribute = 10012
	AttributePhysicalMultiProcessorCount      DeviceAttribute = 10015
	AttributeWallClockRate                    DeviceAttribute = 10017
)

// DeviceGetAttribute is hipDeviceGetAttribute.
func (l *Library) DeviceGetAttribute(a DeviceAttribute, device int) (int, error) {
	var v int32
	r := dl.Call(l.fn.DeviceGetAttribute, uintptr(unsafe.Pointer(&v)), uintptr(uint32(a)), uintptr(device))
	return int(v), l.err("hipDeviceGetAttribute", r)
}

// A FuncAttribute is a hipFunction_attribute.
type FuncAttribute int32

// HIP's attributes of a function.
const (
	FuncMaxThreadsPerBlock        FuncAttribute = 0
	FuncSharedSizeBytes           FuncAttribute = 1 // static LDS
	FuncConstSizeBytes            FuncAttribute = 2
	FuncLocalSizeBytes            FuncAttribute = 3 // scratch of a thread
	FuncNumRegs                   FuncAttribute = 4
	FuncMaxDynamicSharedSizeBytes FuncAttribute = 8
)

// FuncGetAttribute is hipFuncGetAttribute.
func (l *Library) FuncGetAttribute(a FuncAttribute, f Function) (int, error) {
	var v int32
	r := dl.Call(l.fn.FuncGetAttribute, uintptr(unsafe.Pointer(&v)), uintptr(uint32(a)), uintptr(f))
	return int(v), l.err("hipFuncGetAttribute", r)
}

// FuncSetAttribute is hipFuncSetAttribute. AMD's run time may refuse functions
// of modules.
func (l *Library) FuncSetAttribute(f Function, a FuncAttribute, value int) error {
	r := dl.CallValues(l.fn.FuncSetAttribute, uintptr(f), uintptr(uint32(a)), uintptr(value))
	return l.err("hipFuncSetAttribute", r)
}
