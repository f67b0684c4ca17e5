using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.TestKit.Processes;

namespace Pacs.Conventions.Tests;

/// <summary>The README tells what is so.</summary>
public sealed partial class ReadmeTests
{
    private static readonly string Text = File.ReadAllText(Path.Combine(RepositoryPaths.Root, "README.md"));

    [Fact]
    public void ConfigurationTable_Settings_AreTheOptionsWithTheirDefaults()
    {
        var rows = Row().Matches(Text).ToDictionary(m => m.Groups["name"].Value, m => m.Groups["default"].Value);
        var options = Settings(new PacsOptions(), PacsOptions.Section).ToDictionary(s => s.Name, s => s.Default);

        Assert.Equal(options.Keys.Order(), rows.Keys.Order());
        // What has no fixed default is told in words.
        Assert.All(options.Where(o => o.Value is not null), o => Assert.Equal($"`{o.Value}`", rows[o.Key]));
    }

    [Fact]
    public void Links_ToFiles_AreThere() => Conventions.AssertNone(
        Link().Matches(Text).Select(m => m.Groups[1].Value).Where(p => !Path.Exists(Path.Combine(RepositoryPaths.Root, p))), "A link leads somewhere.");

    private static IEnumerable<(string Name, string? Default)> Settings(object options, string section)
    {
        // What is only derived from others has no setter.
        foreach (var property in options.GetType().GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            var (name, value) = ($"{section}:{property.Name}", property.GetValue(options));
            if (property.PropertyType.Namespace == typeof(PacsOptions).Namespace && property.PropertyType is { IsClass: true })
            {
                foreach (var setting in Settings(value!, name)) yield return setting;
            }
            else
            {
                yield return (name, value switch
                {
                    null => null,
                    // Rules leave things to others: there is nothing to print.
                    AssociationRules => null,
                    bool b => b ? "true" : "false",
                    ICollection { Count: 0 } => "[]",
                    _ => Convert.ToString(value, CultureInfo.InvariantCulture),
                });
            }
        }
    }

    [GeneratedRegex(@"^\| `(?<name>Pacs:[\w:]+)` \| (?<default>.*?) \|", RegexOptions.Multiline)]
    private static partial Regex Row();

    [GeneratedRegex(@"\]\((?!https?:)([^)#]+)\)")]
    private static partial Regex Link();
}
