// SPDX-License-Identifier: MIT
// What `ringside fleet` writes for a shell and for Slurm: words that stay what they are, and
// constraints that cannot become anything else.
#include <gtest/gtest.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include "experiments/fleet.h"
#include "experiments/shell_quote.h"

namespace
{

template <class Write> std::string written(Write write)
{
    char *text = nullptr;
    size_t length = 0;
    FILE *memory = open_memstream(&text, &length);
    write(memory);
    fclose(memory);
    std::string result(text, length);
    free(text);
    return result;
}

std::string in_quotes(const std::string &text)
{
    return written([&](FILE *to) { shell_quote(to, text.c_str()); });
}

std::string output_of(const std::string &command)
{
    std::string out;
    char bytes[4096];
    FILE *shell = popen(command.c_str(), "r");
    size_t n;
    while ((n = fread(bytes, 1, sizeof bytes, shell)) > 0)
        out.append(bytes, n);
    EXPECT_EQ(pclose(shell), 0) << command;
    return out;
}

TEST(ShellQuote, EveryByteReachesAProgramAsItIs)
{
    std::string all;
    for (int byte = 1; byte < 256; byte++)
        all += static_cast<char>(byte);
    EXPECT_EQ(output_of("printf %s " + in_quotes(all)), all);
}

TEST(ShellQuote, WordsThatAShellWouldRun)
{
    for (const char *text : {"", "'", "''", "a'b", "$(exit 3)", "`exit 3`", "\\", "a\nb", "-n",
                             "%s", "${HOME}", "; exit 3", "'; exit 3; '"})
        EXPECT_EQ(output_of("printf '[%s]' " + in_quotes(text)), "[" + std::string(text) + "]");
}

TEST(Constraint, TakesTheLanguageOfSlurm)
{
    char why[512];
    for (const char *good :
         {"intel", "a&b", "a|b", "[rack1|rack2]", "[a*2&b*4]", "(a|b)&c", "x=1,y"})
        EXPECT_FALSE(fleet_constraint_refusal(good, why, sizeof why)) << good << ": " << why;
}

TEST(Constraint, RefusesWhatIsNoneAndSaysWhere)
{
    char why[512];
    for (const char *bad :
         {"", "a b", "a\nb", "\"", "a;b", "$(x)", "`x`", "a#b", "a\\b", "a'b", "\x01"})
        EXPECT_TRUE(fleet_constraint_refusal(bad, why, sizeof why)) << bad;
    fleet_constraint_refusal("fine;not", why, sizeof why);
    EXPECT_NE(strstr(why, "';not'"), nullptr) << why;
    EXPECT_TRUE(fleet_constraint_refusal(std::string(256, 'a').c_str(), why, sizeof why));
}

// A script of hostile names, up to where the fixed part begins, must set exactly them.
TEST(Script, TheHeadSetsWhatItWasGiven)
{
    auto f = std::make_unique<fleet>();
    const std::string dir = "/a 'b\" $(exit 3) `exit 3` %j\n#SBATCH --wrap=x";
    const std::string set = "ring='; exit 3; '";
    snprintf(f->dir, sizeof f->dir, "%s", dir.c_str());
    snprintf(f->plan, sizeof f->plan, "%s", "pl\xc3\xa4n");
    snprintf(f->file[1].name, sizeof f->file[1].name, "%s", "pl\xc3\xa4n.exp");
    f->files = 2;
    f->shards = 3;
    f->nodes = 2;
    f->set[f->sets++] = set.c_str();
    const std::string script = written([&](FILE *to) { fleet_write_script(f.get(), to); });
    const std::string head = script.substr(0, script.find("\nset -u\n"));
    ASSERT_NE(head.size(), script.size());
    EXPECT_EQ(output_of(head + "\nprintf '%s|%s|%s|%s|%s' \"$fleet\" \"$plan\" \"$shards\" \"$@\""),
              dir + "|pl\xc3\xa4n.exp|3|--set|" + set);
    EXPECT_NE(script.find("#SBATCH --array=1-3%2\n"), std::string::npos);
    EXPECT_NE(script.find("#SBATCH --job-name=ringside-pl__n\n"), std::string::npos);
}

} // namespace
