using System.Collections.Frozen;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Settings;

/// <summary>A setting that there is: a property of <see cref="PacsOptions"/> or of one of its sections.</summary>
internal sealed class SettingDefinition
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter() },
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    private static readonly JsonElement Masked = JsonSerializer.SerializeToElement("***");
    private static readonly PacsOptions Defaults = new();
    private static readonly FrozenDictionary<string, SettingDefinition> ByName;

    private readonly PropertyInfo[] _path;

    static SettingDefinition()
    {
        All = [.. Of(typeof(PacsOptions), [])];
        ByName = All.ToFrozenDictionary(s => s.Name, StringComparer.OrdinalIgnoreCase);
    }

    private SettingDefinition(PropertyInfo[] path)
    {
        _path = path;
        var property = path[^1];
        Name = $"{PacsOptions.Section}:{string.Join(':', path.Select(p => p.Name))}";
        IsSecret = property.IsDefined(typeof(SecretAttribute));
        Effect = property.IsDefined(typeof(FixedAttribute)) ? SettingEffect.Fixed
            : property.IsDefined(typeof(AtOnceAttribute)) || property.DeclaringType!.IsDefined(typeof(AtOnceAttribute)) ? SettingEffect.AtOnce
            : SettingEffect.Restart;
    }

    /// <summary>In the order of their declaration.</summary>
    public static IReadOnlyList<SettingDefinition> All { get; }

    public string Name { get; }
    public SettingEffect Effect { get; }
    public bool IsSecret { get; }
    public JsonElement? Default => ValueIn(Defaults);

    /// <summary>Null when there is no such setting.</summary>
    public static SettingDefinition? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>As it may be shown.</summary>
    public JsonElement? ValueIn(PacsOptions options) => Shown(_path.Aggregate((object?)options, (holder, property) => property.GetValue(holder)));

    /// <summary>As it may be shown.</summary>
    public JsonElement? Shown(object? value) => value is null ? null : IsSecret ? Masked : JsonSerializer.SerializeToElement(value, value.GetType(), Json);

    /// <summary>Whether a value is of the right form: one value, but for rules and lists.</summary>
    public bool Takes(JsonElement? value) =>
        value?.ValueKind is not (JsonValueKind.Object or JsonValueKind.Array) || (_path[^1].PropertyType is { IsValueType: false } type && type != typeof(string));

    /// <summary>Whether a key of the configuration is of this setting: it, or an element of its value.</summary>
    public bool Owns(string key) =>
        key.StartsWith(Name, StringComparison.OrdinalIgnoreCase) && (key.Length == Name.Length || key[Name.Length] == ':');

    private static IEnumerable<SettingDefinition> Of(Type type, PropertyInfo[] path)
    {
        // What is only derived from others has no setter.
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            if (property.PropertyType is not { IsClass: true } section || section.Namespace != typeof(PacsOptions).Namespace) yield return new SettingDefinition([.. path, property]);
            else foreach (var setting in Of(section, [.. path, property])) yield return setting;
        }
    }
}
