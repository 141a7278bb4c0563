/* SPDX-License-Identifier: MIT */
/* Shows which records are taken for cells: whole ones, and those of runs older than a factor. */
#include "factors.h"

#include <gtest/gtest.h>

namespace
{

/* A record that was cut, edited or written by something else must not be taken for a cell. */
class CellFromJson : public testing::Test
{
  protected:
    void SetUp() override
    {
        struct cell c = cell_default();
        cell_normalise(&c);
        object = cell_json(&c);
    }
    void TearDown() override
    {
        json_decref(object);
    }
    bool read()
    {
        struct cell c;
        return cell_from_json(object, &c);
    }
    bool read_with(const char *key, json_t *value)
    {
        json_t *before = json_incref(json_object_get(object, key));
        json_object_set_new(object, key, value);
        bool good = read();
        json_object_set_new(object, key, before);
        return good;
    }
    json_t *object = nullptr;
};

TEST_F(CellFromJson, TakesTheWholeOne)
{
    EXPECT_TRUE(read());
    json_object_set_new(object, "a_factor_of_later", json_integer(1));
    EXPECT_TRUE(read());
}

/* A run that is older than a factor stays readable, unless its cells would need a level; sizes and
 * slots came when runs had been published, and have their defaults there. */
TEST_F(CellFromJson, RefusesAMissingKeyOnlyIfTheCellUsesIt)
{
    const struct cell plain = cell_default();
    for (int f = 0; f < FACTORS; f++) {
        json_t *value = json_incref(json_object_get(object, factor_table[f].name));
        json_object_del(object, factor_table[f].name);
        EXPECT_EQ(read(), !factor_used(static_cast<enum factor>(f), &plain) || f == FACTOR_sizes ||
                              f == FACTOR_slots)
            << factor_table[f].name;
        json_object_set_new(object, factor_table[f].name, value);
    }
}

/* The same of a cell that uses a factor which came when runs had been published: its default. */
TEST_F(CellFromJson, TakesTheDefaultOfAFactorThatCameLater)
{
    struct cell c = cell_default(), back;
    char why[256];
    ASSERT_EQ(factor_parse(FACTOR_ring, "lazy", &c.value[FACTOR_ring], why, sizeof why), 0);
    c.value[FACTOR_api] = API_SPAN;
    cell_normalise(&c);
    json_t *record = cell_json(&c);
    for (enum factor f : {FACTOR_defer, FACTOR_prefetch_write, FACTOR_prefetch_read, FACTOR_copy})
        json_object_del(record, factor_table[f].name);
    EXPECT_TRUE(cell_from_json(record, &back));
    EXPECT_TRUE(cell_equal(&c, &back));
    json_object_set_new(record, "defer", json_integer(4));
    EXPECT_TRUE(cell_from_json(record, &back));
    EXPECT_EQ(back.value[FACTOR_defer], 4);
    EXPECT_NE(cell_id(&c), cell_id(&back));
    json_object_set_new(record, "copy", json_string("stream"));
    EXPECT_FALSE(cell_from_json(record, &back)) << "not used where messages are small";
    json_decref(record);
}

TEST_F(CellFromJson, RefusesAnotherTypeOrLevel)
{
    for (int f = 0; f < FACTORS; f++) {
        const char *name = factor_table[f].name;
        EXPECT_FALSE(read_with(name, json_array())) << name;
        EXPECT_FALSE(read_with(name, json_object())) << name;
        EXPECT_FALSE(read_with(name, json_true())) << name;
        EXPECT_FALSE(read_with(name, json_integer(-5))) << name;
        EXPECT_FALSE(read_with(name, json_string("rubbish"))) << name;
        EXPECT_FALSE(read_with(name, json_string(""))) << name;
    }
    EXPECT_FALSE(read_with("msg_bytes", json_real(8.5)));
    EXPECT_FALSE(read_with("separation", json_integer(96)));
}

TEST_F(CellFromJson, RefusesNullWhereTheKernelNeedsALevel)
{
    const struct cell plain = cell_default();
    for (int f = 0; f < FACTORS; f++)
        EXPECT_EQ(read_with(factor_table[f].name, json_null()),
                  !factor_used(static_cast<enum factor>(f), &plain))
            << factor_table[f].name;
}

TEST_F(CellFromJson, RefusesALevelWhereTheKernelHasNone)
{
    EXPECT_FALSE(read_with("kernel", json_string("timer")));
}

TEST_F(CellFromJson, RefusesWhatIsNoObject)
{
    struct cell c;
    json_t *array = json_array();
    EXPECT_FALSE(cell_from_json(array, &c));
    EXPECT_FALSE(cell_from_json(nullptr, &c));
    json_decref(array);
}

} /* namespace */
