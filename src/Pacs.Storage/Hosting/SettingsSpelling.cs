using System.ComponentModel;
using System.Reflection;
using Microsoft.Extensions.Configuration;

namespace Pacs.Storage.Hosting;

/// <summary>
/// Finds settings that do not exist and values of the wrong kind: the framework's binder would end at the first of them,
/// and a person corrects one, starts, and meets the next.
/// </summary>
internal static class SettingsSpelling
{
    /// <summary>The settings that can be bound, and a fault for each of the others.</summary>
    public static (IConfiguration Good, IReadOnlyList<string> Faults) Check(IConfigurationSection section)
    {
        var faults = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        Look(section, typeof(PacsOptions), faults);
        var good = section.AsEnumerable().Where(s => s.Value is not null && !faults.Keys.Any(f => IsAtOrBelow(s.Key, f)));
        return (new ConfigurationBuilder().AddInMemoryCollection(good).Build().GetSection(section.Path), [.. faults.Values]);
    }

    private static void Look(IConfigurationSection section, Type type, Dictionary<string, string> faults)
    {
        foreach (var child in section.GetChildren())
        {
            var property = type.GetProperty(child.Key, BindingFlags.Public | BindingFlags.Instance | BindingFlags.IgnoreCase);
            if (property is not { CanWrite: true }) faults[child.Path] = $"{child.Path}: there is no such setting; README.md lists those there are.";
            else if (property.PropertyType is { IsClass: true, Namespace: { } space } && space.StartsWith("Pacs.", StringComparison.Ordinal)) Look(child, property.PropertyType, faults);
            else if (child.Value is { } value && Fault(value, property.PropertyType) is { } fault) faults[child.Path] = $"{child.Path}: {fault}";
        }
    }

    private static string? Fault(string value, Type type)
    {
        var kind = Nullable.GetUnderlyingType(type) ?? type;
        if (kind == typeof(string) || kind.IsInterface || value.Length == 0) return null;
        try
        {
            TypeDescriptor.GetConverter(kind).ConvertFromInvariantString(value);
            return null;
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            var expected = kind.IsEnum ? "one of " + string.Join(", ", Enum.GetNames(kind)) : kind == typeof(bool) ? "true or false" : "a number";
            return $"\"{value}\" is not {expected}.";
        }
    }

    private static bool IsAtOrBelow(string key, string path) =>
        key.StartsWith(path, StringComparison.OrdinalIgnoreCase) && (key.Length == path.Length || key[path.Length] == ConfigurationPath.KeyDelimiter[0]);
}
