/* SPDX-License-Identifier: MIT */
/* Reads software-defined events as any tool does: through PAPI, by name. */
#ifndef PAPI_FIXTURE_H
#define PAPI_FIXTURE_H

#include <gtest/gtest.h>

#include <string>
#include <vector>

#ifdef WITH_SDE /* by the Makefile, as it chooses graph/sde_papi.c */

#include <papi.h>

/* Events of library RINGSIDE, counted from start() on, by the thread that made it. */
class PapiReader
{
  public:
    explicit PapiReader(const std::vector<std::string> &names)
    {
        EXPECT_EQ(PAPI_OK, PAPI_create_eventset(&set));
        for (const std::string &name : names)
            EXPECT_EQ(PAPI_OK, PAPI_add_named_event(set, ("sde:::RINGSIDE::" + name).c_str()))
                << name;
        value.resize(names.size());
    }
    ~PapiReader()
    {
        if (running)
            PAPI_stop(set, value.data());
        PAPI_cleanup_eventset(set);
        PAPI_destroy_eventset(&set);
    }
    PapiReader(const PapiReader &) = delete;
    PapiReader &operator=(const PapiReader &) = delete;

    void start()
    {
        ASSERT_EQ(PAPI_OK, PAPI_start(set));
        running = true;
    }
    std::vector<long long> read()
    {
        EXPECT_EQ(PAPI_OK, PAPI_read(set, value.data()));
        return value;
    }

    /* "", or why there is nothing to read with. */
    static std::string missing()
    {
        if (!PAPI_is_initialized() && PAPI_library_init(PAPI_VER_CURRENT) != PAPI_VER_CURRENT)
            return "PAPI_library_init failed: its header and its library differ";
        for (int i = 0; i < PAPI_num_components(); i++) {
            const PAPI_component_info_t *info = PAPI_get_component_info(i);
            if (std::string(info->name) == "sde")
                return info->disabled ? info->disabled_reason : "";
        }
        return "this PAPI has no component sde";
    }

  private:
    int set = PAPI_NULL;
    bool running = false;
    std::vector<long long> value;
};

#else

class PapiReader
{
  public:
    explicit PapiReader(const std::vector<std::string> &)
    {
    }
    void start()
    {
    }
    std::vector<long long> read()
    {
        return {};
    }
    static std::string missing()
    {
        return "built without papi.h and sde_lib.h (libpapi-dev)";
    }
};

#endif

/* libsde 7.0 forgets the description that a new one replaces. */
extern "C" const char *__lsan_default_suppressions();
extern "C" inline __attribute__((used)) const char *__lsan_default_suppressions()
{
    return "leak:libsde.so";
}

/* One event, from now on. */
class PapiCount
{
  public:
    explicit PapiCount(const std::string &name) : reader({name})
    {
        reader.start();
    }
    long long operator()()
    {
        return reader.read()[0];
    }

  private:
    PapiReader reader;
};

#define SKIP_WITHOUT_PAPI()                                                                        \
    if (!PapiReader::missing().empty())                                                            \
    GTEST_SKIP() << PapiReader::missing()

#endif
