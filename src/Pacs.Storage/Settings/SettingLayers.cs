using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.EnvironmentVariables;
using Microsoft.Extensions.Configuration.Json;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Settings;

/// <summary>
/// The configuration of this process in two layers, and what was changed by REST between them: over files, under environment
/// variables and arguments. So whoever starts the process can always overrule what was stored.
/// </summary>
internal sealed class SettingLayers
{
    private readonly Dictionary<string, string> _below = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, string> _above = new(StringComparer.OrdinalIgnoreCase);

    public SettingLayers(IConfiguration configuration)
    {
        var providers = configuration is IConfigurationRoot root ? root.Providers.ToList() : [];
        // The host has environment variables of its own before the files: those of a prefix.
        var files = providers.FindLastIndex(p => p is JsonConfigurationProvider);
        var split = providers.FindIndex(files + 1, p => p is EnvironmentVariablesConfigurationProvider) is >= 0 and var found ? found : providers.Count;
        foreach (var (key, value) in configuration.GetSection(PacsOptions.Section).AsEnumerable())
        {
            if ((providers.Count == 0 ? value : ValueOf(key, providers.Take(split))) is { } beneath) _below[key] = beneath;
            if (ValueOf(key, providers.Skip(split)) is { } above) _above[key] = above;
        }
        File = new SettingsFile(Path.GetFullPath(Text(nameof(PacsOptions.DataFolder)) ?? new PacsOptions().DataFolder));
        IsUsed = !bool.TryParse(Text(nameof(PacsOptions.UseStoredSettings)), out var used) || used;
        Started = IsUsed ? File.Read() : new Dictionary<string, JsonElement>();
    }

    /// <summary>What was changed by REST is in force here.</summary>
    public bool IsUsed { get; }

    /// <summary>Where this machine remembers what was changed, to know it before it knows the database.</summary>
    public SettingsFile File { get; }

    /// <summary>What had been changed when the process started.</summary>
    public IReadOnlyDictionary<string, JsonElement> Started { get; }

    /// <summary>The whole configuration with these changes.</summary>
    /// <param name="stored">What was changed by REST.</param>
    /// <param name="evenIfOverruled">Also in the place of what the environment says: as it would be without that.</param>
    public IConfigurationRoot Compose(IReadOnlyDictionary<string, JsonElement> stored, bool evenIfOverruled = false)
    {
        var all = new Dictionary<string, string?>(_below.Select(b => KeyValuePair.Create(b.Key, (string?)b.Value)), StringComparer.OrdinalIgnoreCase);
        var above = new Dictionary<string, string>(_above, StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in stored)
        {
            if (SettingDefinition.Find(name) is not { Effect: not SettingEffect.Fixed } setting || (IsOverruled(setting) && !evenIfOverruled)) continue;
            foreach (var key in above.Keys.Where(setting.Owns).ToList()) above.Remove(key);
            // A list is replaced by a list, not by some of its elements.
            foreach (var key in all.Keys.Where(setting.Owns).ToList()) all.Remove(key);
            foreach (var (key, text) in Flatten(setting.Name, value)) all[key] = text;
        }
        foreach (var (key, value) in above) all[key] = value;
        return new ConfigurationBuilder().AddInMemoryCollection(all).Build();
    }

    /// <summary>As <see cref="Compose"/>, but what takes a restart is as it was at the start.</summary>
    public IConfigurationRoot ComposeRunning(IReadOnlyDictionary<string, JsonElement> stored) => Compose(
        Started.Where(s => SettingDefinition.Find(s.Key)?.Effect == SettingEffect.Restart)
            .Concat(stored.Where(s => SettingDefinition.Find(s.Key)?.Effect == SettingEffect.AtOnce))
            .ToDictionary());

    /// <summary>Where a setting comes from with these changes.</summary>
    public SettingSource SourceOf(SettingDefinition setting, IReadOnlyDictionary<string, JsonElement> stored) =>
        IsOverruled(setting) ? SettingSource.Environment
        : stored.ContainsKey(setting.Name) ? SettingSource.Database
        : _below.Keys.Any(setting.Owns) ? SettingSource.File
        : SettingSource.Default;

    public bool IsOverruled(SettingDefinition setting) => _above.Keys.Any(setting.Owns);

    private static string? ValueOf(string key, IEnumerable<IConfigurationProvider> providers) =>
        providers.Reverse().Select(p => p.TryGet(key, out var value) ? value : null).FirstOrDefault(v => v is not null);

    private string? Text(string setting) => $"{PacsOptions.Section}:{setting}" is var key && _above.TryGetValue(key, out var above) ? above : _below.GetValueOrDefault(key);

    private static IEnumerable<(string Key, string Value)> Flatten(string key, JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().SelectMany(p => Flatten($"{key}:{p.Name}", p.Value)),
        JsonValueKind.Array when value.GetArrayLength() > 0 => value.EnumerateArray().SelectMany((item, i) => Flatten($"{key}:{i}", item)),
        // Of a list without entries the binder makes one; of no value it makes nothing.
        JsonValueKind.Array => [(key, "")],
        JsonValueKind.Null => [],
        _ => [(key, value.ToString())],
    };
}
