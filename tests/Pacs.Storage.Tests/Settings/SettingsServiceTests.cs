using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Settings;
using Pacs.TestKit;

namespace Pacs.Storage.Tests.Settings;

/// <summary>Settings changed while processes run, and what processes make of them that start later.</summary>
public sealed class SettingsServiceTests : IDisposable
{
    private const string Quiet = "Pacs:Studies:QuietSeconds";
    private const string Url = "Pacs:Http:PublicBaseUrl";

    private readonly PostgresFixture _postgres = new();

    public void Dispose() => _postgres.Dispose();

    [Fact]
    public async Task Change_OfWhatIsAtOnce_IsInForceOnEveryNode()
    {
        using var one = _postgres.StartProcess();
        using var other = _postgres.StartProcess();
        await ChangeAsync(one, (Quiet, "7"));
        Assert.Equal(7, one.Get<PacsOptions>().Studies.QuietSeconds);
        await Eventually.TrueAsync(() => other.Get<PacsOptions>().Studies.QuietSeconds == 7, what: "the other node has it");

        await ChangeAsync(one, (Quiet, "null"));
        Assert.Equal(new StudyOptions().QuietSeconds, one.Get<PacsOptions>().Studies.QuietSeconds);
        Assert.Equal((SettingSource.Default, null), await FindAsync(one, Quiet, s => (s.Source, s.Stored)));
    }

    [Fact]
    public async Task Change_OfWhatTakesARestart_IsPendingUntilThen()
    {
        using (var process = _postgres.StartProcess())
        {
            await ChangeAsync(process, (Url, "\"https://pacs.example.org\""), (Quiet, "8"));
            Assert.Null(process.Get<PacsOptions>().Http.PublicBaseUrl);
            Assert.Equal([Url], process.Get<SettingsService>().Pending);
            Assert.Equal((SettingSource.Default, SettingEffect.Restart, true), await FindAsync(process, Url, s => (s.Source, s.Effect, s.IsPending)));

            // Back again, it waits for nothing.
            await ChangeAsync(process, (Url, "null"));
            Assert.Empty(process.Get<SettingsService>().Pending);
            await ChangeAsync(process, (Url, "\"https://pacs.example.org\""));
        }
        using var restarted = _postgres.StartProcess();
        Assert.Equal(("https://pacs.example.org", 8), (restarted.Get<PacsOptions>().Http.PublicBaseUrl, restarted.Get<PacsOptions>().Studies.QuietSeconds));
        Assert.Empty(restarted.Get<SettingsService>().Pending);
        Assert.Equal(SettingSource.Database, await FindAsync(restarted, Url, s => s.Source));
    }

    [Fact]
    public async Task Start_SettingsChangedWhileAway_IsBuiltAnewWithThem()
    {
        using (var process = _postgres.StartProcess()) await ChangeAsync(process, (Quiet, "7"));
        _postgres.Query("UPDATE settings SET value = '9'");
        Assert.Throws<SettingsOutdatedException>(() => _postgres.StartProcess());
        using var built = _postgres.StartProcess();
        Assert.Equal(9, built.Get<PacsOptions>().Studies.QuietSeconds);
    }

    [Fact]
    public async Task Change_EverythingWrong_IsToldAtOnceAndNothingChanges()
    {
        using var process = _postgres.StartProcess();
        var refused = await Assert.ThrowsAsync<SettingsRefusedException>(() => ChangeAsync(process, (Quiet, "0"), ("Pacs:Dimse:Port", "\"many\""), ("Pacs:Jobs:MaxAttempts", "0"), ("Pacs:Queries:MaxPageSize", "5")));
        Assert.All(new[] { Quiet, "Pacs:Dimse:Port", "Pacs:Jobs:MaxAttempts" }, name => Assert.Contains(refused.Faults, f => f.StartsWith(name, StringComparison.Ordinal)));
        Assert.Equal(new QueryOptions().MaxPageSize, process.Get<PacsOptions>().Queries.MaxPageSize);
        Assert.Equal(0L, _postgres.Query("SELECT count(*) FROM settings"));
    }

    [Theory]
    [InlineData("Pacs:Database:ConnectionString", "\"Host=elsewhere\"")]
    [InlineData("Pacs:Roles", "\"Api\"")]
    [InlineData("Pacs:DataFolder", "\"elsewhere\"")]
    [InlineData("Pacs:Peers", "[]")]
    [InlineData("Pacs:NoSuchThing", "1")]
    [InlineData("Pacs:Dimse", "{\"Port\":1}")]
    [InlineData(Quiet, "{\"a\":1}")]
    [InlineData(Quiet, "[1]")]
    public async Task Change_OfWhatCannotBeChanged_IsRefused(string name, string value)
    {
        using var process = _postgres.StartProcess();
        var refused = await Assert.ThrowsAsync<SettingsRefusedException>(() => ChangeAsync(process, (name, value)));
        Assert.StartsWith(name, Assert.Single(refused.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Change_EnvironmentSaysOtherwise_IsStoredAndNotInForce()
    {
        var prefix = $"T{Guid.NewGuid():N}_";
        Environment.SetEnvironmentVariable($"{prefix}Pacs__Studies__QuietSeconds", "33");
        using var process = new StorageProcess(new ConfigurationBuilder().AddConfiguration(_postgres.Configuration((Quiet, "20"))).AddEnvironmentVariables(prefix).Build());
        await ChangeAsync(process, (Quiet, "7"));
        Assert.Equal(33, process.Get<PacsOptions>().Studies.QuietSeconds);
        Assert.Equal((SettingSource.Environment, "7", false), await FindAsync(process, Quiet, s => (s.Source, s.Stored?.GetRawText(), s.IsPending)));
        // The way back from what keeps a server from starting.
        Environment.SetEnvironmentVariable($"{prefix}Pacs__Studies__QuietSeconds", null);
    }

    [Fact]
    public async Task Start_StoredSettingsNotWanted_IsWithoutThem()
    {
        using (var process = _postgres.StartProcess()) await ChangeAsync(process, (Quiet, "7"), ("Pacs:Dimse:BindAddress", "\"203.0.113.7\""));
        using var without = _postgres.StartProcess(("Pacs:UseStoredSettings", "false"), (Quiet, "20"));
        Assert.Equal((20, "*"), (without.Get<PacsOptions>().Studies.QuietSeconds, without.Get<PacsOptions>().Dimse.BindAddress));
        Assert.Equal((SettingSource.File, "7"), await FindAsync(without, Quiet, s => (s.Source, s.Stored?.GetRawText())));
        await ChangeAsync(without, ("Pacs:Dimse:BindAddress", "null"));
        // What is left of them is in force at the next start.
        Assert.Throws<SettingsOutdatedException>(() => _postgres.StartProcess());
        using var later = _postgres.StartProcess();
        Assert.Equal((7, "*"), (later.Get<PacsOptions>().Studies.QuietSeconds, later.Get<PacsOptions>().Dimse.BindAddress));
    }

    [Fact]
    public async Task Change_OfRules_ReplacesThemWhole()
    {
        using var process = _postgres.StartProcess(("Pacs:Dimse:Rules:Services:0", "Verification"), ("Pacs:Dimse:Rules:Services:1", "Storage"), ("Pacs:Dimse:Rules:MaxAssociations", "4"));
        await ChangeAsync(process, ("Pacs:Dimse:Rules", """{"services":["Find"],"validation":"Iod"}"""));
        var rules = process.Get<PacsOptions>().Dimse.Rules;
        Assert.Equal([DimseServiceKind.Find], rules.Services);
        Assert.Equal((ValidationLevel.Iod, null), (rules.Validation, rules.MaxAssociations));
        Assert.Equal(SettingSource.Database, await FindAsync(process, "Pacs:Dimse:Rules", s => s.Source));
    }

    [Fact]
    public async Task List_Secrets_AreMasked()
    {
        using var process = _postgres.StartProcess();
        await ChangeAsync(process, ("Pacs:Http:CertificatePassword", "\"s3cret\""));
        var listed = JsonSerializer.Serialize(await process.Get<SettingsService>().ListAsync(default));
        Assert.DoesNotContain("s3cret", listed, StringComparison.Ordinal);
        Assert.DoesNotContain("Username", listed, StringComparison.Ordinal);
        Assert.Equal("***", await FindAsync(process, "Pacs:Database:ConnectionString", s => s.Value?.GetString()));
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(_postgres.DataFolder, "settings.json")));
    }

    private static Task ChangeAsync(StorageProcess process, params (string Name, string Json)[] changes) =>
        process.Get<SettingsService>().ChangeAsync(changes.ToDictionary(c => c.Name, c => (JsonElement?)JsonDocument.Parse(c.Json).RootElement), "tester", default);

    private static async Task<T> FindAsync<T>(StorageProcess process, string name, Func<Setting, T> of) => of((await process.Get<SettingsService>().FindAsync(name, default))!);
}
