using System.Text.Json;
using Microsoft.Extensions.Logging;
using Pacs.Storage.Hosting;

namespace Pacs.Storage.Settings;

/// <summary>The settings of this process: what they are, changing them for all nodes, and taking over what other nodes changed.</summary>
public sealed class SettingsService : IDisposable
{
    private readonly SettingLayers _layers;
    private readonly SettingStore _store;
    private readonly PacsOptions _options;
    private readonly IEnumerable<ISettingCheck> _checks;
    private readonly ILogger<SettingsService> _logger;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private volatile IReadOnlyDictionary<string, JsonElement> _stored;
    private volatile IReadOnlyList<string> _faults = [];

    internal SettingsService(SettingLayers layers, SettingStore store, PacsOptions options, IEnumerable<ISettingCheck> checks, ILogger<SettingsService> logger)
    {
        (_layers, _store, _options, _checks, _logger) = (layers, store, options, checks, logger);
        _stored = layers.Started;
    }

    /// <summary>Names of settings that were changed and take a restart of this process to be in force.</summary>
    public IReadOnlyList<string> Pending => [.. SettingDefinition.All.Where(IsPending).Select(s => s.Name)];

    /// <summary>Why what was changed is not in force here, for a person; empty when it is.</summary>
    public IReadOnlyList<string> Faults => _faults;

    /// <summary>All that there are.</summary>
    public async Task<IReadOnlyList<Setting>> ListAsync(CancellationToken cancellation)
    {
        var rows = (await _store.ListAsync(cancellation)).ToDictionary(r => r.Name);
        return [.. SettingDefinition.All.Select(s => Describe(s, rows.GetValueOrDefault(s.Name)))];
    }

    /// <summary>Null when there is no such setting.</summary>
    public async Task<Setting?> FindAsync(string name, CancellationToken cancellation) =>
        SettingDefinition.Find(name) is { } setting ? Describe(setting, (await _store.ListAsync(cancellation)).FirstOrDefault(r => r.Name == setting.Name)) : null;

    /// <summary>Keeps the changes and puts into force what can be at once: all of them, or none.</summary>
    /// <param name="changes">Values by name; null to have it again as files and defaults have it.</param>
    /// <param name="changedBy">Name of the API key; empty for none.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="SettingsRefusedException">With all that is wrong.</exception>
    public async Task ChangeAsync(IReadOnlyDictionary<string, JsonElement?> changes, string changedBy, CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var unknown = changes.Keys.Where(n => SettingDefinition.Find(n) is null).Select(n => $"{n}: there is no such setting; GET /api/v1/settings lists those there are.")
                .Concat(changes.Where(c => SettingDefinition.Find(c.Key)?.Takes(c.Value) == false).Select(c => $"{c.Key}: is one value, not a list or an object."))
                .Concat(changes.Keys.Where(n => SettingDefinition.Find(n)?.Effect == SettingEffect.Fixed).Select(n => $"{n}: cannot be changed here, but where the process is started."));
            Refuse([.. unknown]);
            var named = changes.ToDictionary(c => SettingDefinition.Find(c.Key)!.Name, c => c.Value is { ValueKind: JsonValueKind.Null } ? null : c.Value);
            var former = Read(await _store.ListAsync(cancellation));
            var next = former.Where(s => !named.ContainsKey(s.Key)).Concat(named.Where(c => c.Value is not null).Select(c => KeyValuePair.Create(c.Key, c.Value!.Value))).ToDictionary();

            // What the environment says now, it may not say at the next start.
            var (options, faults) = OptionsBinding.Bind(_layers.Compose(next));
            Refuse([.. faults.Union(OptionsBinding.Bind(_layers.Compose(next, evenIfOverruled: true)).Faults)]);
            foreach (var check in _checks) Refuse(await check.FaultsAsync(_options, options!, cancellation));
            await _store.ChangeAsync(named, changedBy, cancellation);
            foreach (var (name, value) in named) Log(SettingDefinition.Find(name)!, former, value, changedBy);
            Adopt(next);
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Takes over what is in the database now.</summary>
    public async Task ReloadAsync(CancellationToken cancellation)
    {
        await _turn.WaitAsync(cancellation);
        try
        {
            var stored = Read(await _store.ListAsync(cancellation));
            if (AreEqual(stored, _stored) || !_layers.IsUsed) return;
            if (Adopt(stored)) _logger.Adopted();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>At the start, once the database is there.</summary>
    /// <exception cref="SettingsOutdatedException">The process was built with other settings than there are.</exception>
    internal async Task SynchroniseAsync(CancellationToken cancellation)
    {
        var stored = Read(await _store.ListAsync(cancellation));
        if (!_layers.IsUsed && stored.Count > 0) _logger.NotUsed();
        if (!_layers.IsUsed || AreEqual(stored, _layers.Started)) return;
        _layers.File.Write(stored);
        throw new SettingsOutdatedException();
    }

    public void Dispose() => _turn.Dispose();

    private static void Refuse(IReadOnlyList<string> faults)
    {
        if (faults.Count > 0) throw new SettingsRefusedException(faults);
    }

    private bool Adopt(IReadOnlyDictionary<string, JsonElement> stored)
    {
        _stored = stored;
        if (!_layers.IsUsed) return false;
        _layers.File.Write(stored);
        // Files that settings name may be on one machine, and not on this.
        var (options, faults) = OptionsBinding.Bind(_layers.ComposeRunning(stored));
        _faults = faults;
        if (options is null) _logger.NotAdopted(string.Join(' ', faults));
        else _options.Adopt(options);
        return options is not null;
    }

    private Setting Describe(SettingDefinition setting, StoredSetting? row) => new()
    {
        Name = setting.Name,
        Value = setting.ValueIn(_options),
        Default = setting.Default,
        Source = _layers.SourceOf(setting, InForce(setting)),
        Effect = setting.Effect,
        IsPending = IsPending(setting),
        Stored = row is null ? null : setting.Shown(row.Value),
        ChangedAt = row?.ChangedAt,
        ChangedBy = row?.ChangedBy,
    };

    private bool IsPending(SettingDefinition setting) => setting.Effect == SettingEffect.Restart && _layers.IsUsed && !_layers.IsOverruled(setting)
        && !AreEqual(Of(setting, _stored), Of(setting, _layers.Started));

    private IReadOnlyDictionary<string, JsonElement> InForce(SettingDefinition setting) =>
        !_layers.IsUsed || setting.Effect == SettingEffect.Restart ? _layers.Started : _stored;

    private void Log(SettingDefinition setting, Dictionary<string, JsonElement> former, JsonElement? value, string changedBy)
    {
        string Shown(JsonElement? json) => json is { } said ? $"{setting.Shown(said)}" : "what files and defaults say";
        _logger.Changed(
            setting.Name, Shown(former.TryGetValue(setting.Name, out var was) ? was : null), Shown(value), changedBy.Length > 0 ? changedBy : "somebody without an API key",
            _layers.IsOverruled(setting) ? "never, the environment says otherwise" : setting.Effect.ToString());
    }

    private static Dictionary<string, JsonElement> Read(IReadOnlyList<StoredSetting> rows) => rows.ToDictionary(r => r.Name, r => r.Value);

    private static bool AreEqual(Dictionary<string, JsonElement> one, IReadOnlyDictionary<string, JsonElement> other) =>
        one.Count == other.Count && one.All(s => other.TryGetValue(s.Key, out var value) && JsonElement.DeepEquals(s.Value, value));

    private static Dictionary<string, JsonElement> Of(SettingDefinition setting, IReadOnlyDictionary<string, JsonElement> stored) => stored.Where(s => s.Key == setting.Name).ToDictionary();
}
