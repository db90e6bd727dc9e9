/* A library with NVML's ABI that answers what no simulator would: each oddity is switched on by a macro.
 * One GPU, MIG on, one profile (id 19), two instances. */
#include <stddef.h>
#include <string.h>

typedef struct { unsigned start, size; } placement;
typedef struct { char legacy[16]; unsigned domain, bus, device, id, subsystem; char bus_id[32]; } pci;
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } memory;
typedef struct { unsigned f[10]; unsigned long long mib; } info1;
typedef struct { unsigned f[11]; unsigned long long mib; char name[96]; } info2;
typedef struct { unsigned f[10]; unsigned long long mib; char name[96]; unsigned capabilities; } info3;
typedef struct { void *device; unsigned id, profile; placement at; } instance_info;

#ifndef NAME
#define NAME "MIG 1g.5gb"
#endif
#ifndef MIG
#define MIG 1
#endif
#ifndef INSTANCE_COUNT
#define INSTANCE_COUNT 7
#endif

static int gpu, first, second;

#ifndef NO_INIT
int nvmlInit_v2(void) { return 0; }
#endif
#ifndef NO_SHUTDOWN
int nvmlShutdown(void) { return 0; }
#endif
int nvmlSystemGetDriverVersion(char *out, unsigned length) { strncpy(out, "1.2", length); return 0; }
#ifndef NO_COUNT
int nvmlDeviceGetCount_v2(unsigned *count) {
#ifdef MANY_GPUS
    *count = 0xffffffffu;
#else
    *count = 1;
#endif
    return 0;
}
#endif
int nvmlDeviceGetHandleByIndex_v2(unsigned index, void **out) { *out = &gpu; return index ? 2 : 0; }
int nvmlDeviceGetPciInfo_v3(void *device, pci *out) {
    memset(out, 0, sizeof *out);
    out->bus = 1;
    out->id = 0x20b010de;
#ifdef BAD_ADDRESS
    out->bus = 4096;
#endif
    return 0;
}
int nvmlDeviceGetName(void *device, char *out, unsigned length) { strncpy(out, "\xff\xfe", length); return 0; }
int nvmlDeviceGetUUID(void *device, char *out, unsigned length) { strncpy(out, "GPU-1", length); return 0; }
int nvmlDeviceGetMemoryInfo_v2(void *device, memory *out) { out->total = 40ull << 30; return 0; }
int nvmlDeviceGetMigMode(void *device, unsigned *now, unsigned *then) { *now = *then = MIG; return 0; }

#ifndef EDITION
#define EDITION 3
#endif
int nvmlDeviceGetGpuInstanceProfileInfoV(void *device, unsigned number, info2 *out) {
    unsigned version = out->f[0] >> 24;
    if (version > EDITION) return 25;
    if (number != 0x1c) return number < 0x12 ? 3 : 2;
    if (version == 3) {
        info3 *out3 = (info3 *)out;
        out3->f[1] = 19; out3->f[2] = 1; out3->f[3] = INSTANCE_COUNT; out3->mib = 4864;
        memcpy(out3->name, NAME, sizeof NAME - 1 < 96 ? sizeof NAME - 1 : 96);
    } else {
        out->f[1] = 19; out->f[3] = 1; out->f[4] = INSTANCE_COUNT; out->mib = 4864;
        memcpy(out->name, NAME, sizeof NAME - 1 < 96 ? sizeof NAME - 1 : 96);
    }
    return 0;
}
int nvmlDeviceGetGpuInstanceProfileInfo(void *device, unsigned number, info1 *out) {
    if (number != 7) return 2;
    out->f[0] = 19; out->f[2] = 1; out->f[3] = INSTANCE_COUNT; out->mib = 4864;
    return 0;
}
int nvmlDeviceGetGpuInstancePossiblePlacements_v2(void *device, unsigned id, placement *out, unsigned *count) {
#ifdef PLACEMENT_CODE
    return PLACEMENT_CODE;
#endif
#ifdef MANY_PLACEMENTS
    *count = 0x7fffffffu;
    return 0;
#endif
    /* Sized by an error, and in no order. */
    if (out == NULL || *count < 3) { *count = 3; return 7; }
    out[0].start = 4; out[1].start = 0; out[2].start = 2;
    out[0].size = out[1].size = out[2].size = 1;
    *count = 3;
    return 0;
}
int nvmlDeviceGetGpuInstances(void *device, unsigned id, void **out, unsigned *count) {
#ifdef NEVER_ENOUGH
    return 7;
#endif
#ifdef MANY_INSTANCES
    *count = 0xffffffffu;
    return 0;
#endif
#ifdef WANTS_ROOM
    if (*count < WANTS_ROOM) return 7;
#endif
    out[0] = &first;
    out[1] = &second;
#ifdef NULL_INSTANCE
    out[1] = NULL;
#endif
    *count = 2;
    return 0;
}
int nvmlGpuInstanceGetInfo(void *instance, instance_info *out) {
    out->id = instance == &first ? 5 : 6;
    out->profile = 19;
    out->at.start = instance == &first ? 0 : 2;
    out->at.size = 1;
    return 0;
}
#ifdef FIELD_TYPE
typedef struct { unsigned id, scope; long long at, latency; int type, code; unsigned long long value; } field;
int nvmlDeviceGetFieldValues(void *device, int count, field *out) {
    for (int i = 0; i < count; i++) {
        out[i].type = FIELD_TYPE; out[i].code = FIELD_CODE; out[i].value = 1;
    }
    return 0;
}
#endif
#ifdef HOST_MODE
int nvmlDeviceGetHostVgpuMode(void *device, unsigned *mode) { *mode = HOST_MODE; return 0; }
#endif
int nvmlDeviceGetMaxMigDeviceCount(void *device, unsigned *count) { *count = 0xffffffffu; return 0; }
int nvmlDeviceGetMigDeviceHandleByIndex(void *device, unsigned index, void **out) { return 6; }

#ifdef EVENTS
typedef struct { void *device; unsigned long long kind, data; unsigned gpu_instance, compute_instance; } event;
static int set;
int nvmlEventSetCreate(void **out) {
#ifdef NULL_SET
    *out = NULL;
#else
    *out = &set;
#endif
    return 0;
}
int nvmlEventSetFree(void *set) { return 0; }
int nvmlDeviceGetSupportedEventTypes(void *device, unsigned long long *out) { *out = ~0ull; return 0; }
int nvmlDeviceRegisterEvents(void *device, unsigned long long kinds, void *set) { return kinds == 0x108 ? 0 : 2; }
int nvmlEventSetWait_v2(void *set, event *out, unsigned milliseconds) {
    /* What was waited for is how often it was asked: an XID that counts. */
    static unsigned long long asked;
    asked++;
#ifdef EARLY
    if (asked % 100 != 0) return 10;
#endif
    out->device = EVENT_DEVICE;
    out->kind = EVENT_KIND;
    out->data = EVENT_DATA;
    out->gpu_instance = EVENT_INSTANCE;
    return 0;
}
#endif
