using System.Net;
using Microsoft.Extensions.Options;
using Npgsql;
using Pacs.Storage.Access;
using Pacs.Storage.Peers;

namespace Pacs.Storage.Hosting;

/// <summary>Checks all options and reports every fault at once, each with the name of its setting.</summary>
/// <param name="misspelt">What <see cref="SettingsSpelling"/> found before.</param>
internal sealed class PacsOptionsValidator(IReadOnlyList<string> misspelt) : IValidateOptions<PacsOptions>
{
    public ValidateOptionsResult Validate(string? name, PacsOptions options)
    {
        List<string> faults = [.. misspelt, .. Faults(options)];
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }

    private static IEnumerable<string> Faults(PacsOptions o) =>
        [.. General(o), .. Database(o.Database), .. Storage(o.Storage), .. Queries(o.Queries), .. Dimse(o.Dimse), .. Rules(o.Dimse.Rules), .. Tls(o.Dimse.Tls), .. Http(o.Http), .. Jobs(o.Jobs), .. Studies(o.Studies), .. Changes(o.Changes), .. Gateway(o.Gateway), .. Peers(o.Peers), .. Telemetry(o.Telemetry)];

    private static IEnumerable<string> General(PacsOptions o)
    {
        if (o.Roles is PacsRoles.None || (o.Roles & ~PacsRoles.All) != 0) yield return "Pacs:Roles: name at least one of Dimse, Api, Worker.";
        if (string.IsNullOrWhiteSpace(o.DataFolder)) yield return "Pacs:DataFolder: name a folder.";
    }

    private static IEnumerable<string> Database(DatabaseOptions o)
    {
        if (o.ConnectionString is { } text && !IsConnectionString(text)) yield return "Pacs:Database:ConnectionString: not an Npgsql connection string (Host=…;Database=…;Username=…;Password=…).";
        if (o.BinaryFolder is { } folder && !File.Exists(Path.Combine(folder, "pg_ctl"))) yield return $"Pacs:Database:BinaryFolder: no pg_ctl in {folder}.";
        if (string.IsNullOrWhiteSpace(o.ServiceUser)) yield return "Pacs:Database:ServiceUser: name an account.";
        if (o.StartupTimeoutSeconds < 1) yield return "Pacs:Database:StartupTimeoutSeconds: at least 1.";
        if (o.IngestTimeoutSeconds < 1) yield return "Pacs:Database:IngestTimeoutSeconds: at least 1.";
        if (o.MaxConnections < 5) yield return "Pacs:Database:MaxConnections: at least 5.";
    }

    private static IEnumerable<string> Storage(StorageOptions o)
    {
        if (o.ReserveBytes < 0) yield return "Pacs:Storage:ReserveBytes: not negative.";
        if (o.MaxHeaderBytes is < 1024 or > 64 << 20) yield return "Pacs:Storage:MaxHeaderBytes: from 1024 to 67108864.";
        if (o.FlushThreads is < 1 or > 256) yield return "Pacs:Storage:FlushThreads: from 1 to 256.";
    }

    private static IEnumerable<string> Queries(QueryOptions o)
    {
        if (o.TimeBudgetSeconds is not (> 0 and <= 3600)) yield return "Pacs:Queries:TimeBudgetSeconds: above 0, up to 3600.";
        if (o.MaxPageSize is < 1 or > 1_000_000) yield return "Pacs:Queries:MaxPageSize: from 1 to 1000000.";
        if (o.MaxCounted is < 0 or > 1_000_000) yield return "Pacs:Queries:MaxCounted: from 0 to 1000000.";
    }

    private static IEnumerable<string> Dimse(DimseOptions o)
    {
        if (o.AeTitle.Trim() is { Length: 0 or > 16 } || o.AeTitle.Any(c => c is < ' ' or > '~' or '\\')) yield return "Pacs:Dimse:AeTitle: 1 to 16 ASCII characters without backslash.";
        if (o.Port is < 0 or > 65535) yield return "Pacs:Dimse:Port: from 0 to 65535.";
        if (o.BindAddress != "*" && !IPAddress.TryParse(o.BindAddress, out _)) yield return "Pacs:Dimse:BindAddress: an IP address, or * for all.";
        if (o.MaxAssociations < 0) yield return "Pacs:Dimse:MaxAssociations: not negative; 0 for no limit.";
        if (o.MaxReceivePduLength is < 4096 or > 1 << 20) yield return "Pacs:Dimse:MaxReceivePduLength: from 4096 to 1048576.";
        if (o.MaxSendPduLength is < 4096 or > 1 << 20) yield return "Pacs:Dimse:MaxSendPduLength: from 4096 to 1048576.";
        if (o.AssociateTimeoutSeconds is < 1 or > AccessValidation.MaxSeconds) yield return "Pacs:Dimse:AssociateTimeoutSeconds: from 1 to 86400.";
        if (o.NetworkTimeoutSeconds is < 1 or > AccessValidation.MaxSeconds) yield return "Pacs:Dimse:NetworkTimeoutSeconds: from 1 to 86400.";
        if (o.IdleTimeoutSeconds is < 1 or > AccessValidation.MaxSeconds) yield return "Pacs:Dimse:IdleTimeoutSeconds: from 1 to 86400.";
        if (o.MaxUnassociated < 1) yield return "Pacs:Dimse:MaxUnassociated: at least 1.";
        if (o.MaxOperations is < 1 or > ushort.MaxValue) yield return "Pacs:Dimse:MaxOperations: from 1 to 65535.";
        if (o.ResponseTimeoutSeconds is < 1 or > AccessValidation.MaxSeconds) yield return "Pacs:Dimse:ResponseTimeoutSeconds: from 1 to 86400.";
        if (o.ConnectTimeoutSeconds is < 1 or > AccessValidation.MaxSeconds) yield return "Pacs:Dimse:ConnectTimeoutSeconds: from 1 to 86400.";
        if (o.PendingIntervalSeconds is < 1 or > 3600) yield return "Pacs:Dimse:PendingIntervalSeconds: from 1 to 3600.";
    }

    private static IEnumerable<string> Rules(AssociationRules o) => AccessValidation.Faults(o).Select(f => $"Pacs:Dimse:Rules:{f}");

    private static IEnumerable<string> Tls(DimseTlsOptions o)
    {
        if (o.Mode != ListenerTls.None && o.CertificateFile is null) yield return "Pacs:Dimse:Tls:CertificateFile: a listener with TLS needs one.";
        if (o.Mode is ListenerTls.OptionalClientCertificate or ListenerTls.RequiredClientCertificate && DimseTls.Files(o.AuthorityFiles).Count == 0)
            yield return "Pacs:Dimse:Tls:AuthorityFiles: name the authorities that client certificates come from.";
        if (o.CertificateFile is { } certificate && !File.Exists(certificate)) yield return $"Pacs:Dimse:Tls:CertificateFile: {certificate} is not there.";
        if (o.CertificateKeyFile is { } key && !File.Exists(key)) yield return $"Pacs:Dimse:Tls:CertificateKeyFile: {key} is not there.";
        foreach (var file in DimseTls.Files(o.AuthorityFiles).Where(f => !File.Exists(f))) yield return $"Pacs:Dimse:Tls:AuthorityFiles: {file} is not there.";
    }

    private static IEnumerable<string> Http(HttpOptions o)
    {
        var urls = o.Urls.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (urls.Length == 0 || !urls.All(IsListenUrl))
            yield return "Pacs:Http:Urls: addresses as http://localhost:8080, with semicolons between.";
        if (urls.Any(u => u.StartsWith("https://", StringComparison.OrdinalIgnoreCase)) && o.CertificateFile is null)
            yield return "Pacs:Http:CertificateFile: an https address needs one.";
        if (o.CertificateFile is { } certificate && !File.Exists(certificate)) yield return $"Pacs:Http:CertificateFile: {certificate} is not there.";
        if (o.CertificateKeyFile is { } key && !File.Exists(key)) yield return $"Pacs:Http:CertificateKeyFile: {key} is not there.";
        if (o.PublicBaseUrl is { } url && !IsHttpUrl(url)) yield return "Pacs:Http:PublicBaseUrl: an absolute http or https URL.";
        if (o.MaxInflation < 1) yield return "Pacs:Http:MaxInflation: at least 1.";
        if (o.MaxMetadataBytes < 1 << 16) yield return "Pacs:Http:MaxMetadataBytes: at least 65536.";
        foreach (var fault in AccessValidation.Faults(o.Rules)) yield return $"Pacs:Http:Rules:{fault}";
        foreach (var proxy in o.UnreadableProxies) yield return $"Pacs:Http:TrustedProxies: {proxy} is neither an IP address nor a network as 10.0.0.0/8.";
        foreach (var origin in o.Origins.Where(origin => !IsOrigin(origin)))
            yield return $"Pacs:Http:CorsOrigins: {origin} is no origin as https://viewer.example.org or http://localhost:3000, without a path or a slash at the end.";
        if (o.MaxRequestBytes < 1 << 20) yield return "Pacs:Http:MaxRequestBytes: at least 1048576.";
    }

    private static IEnumerable<string> Jobs(JobOptions o)
    {
        if (o.Concurrency < 1) yield return "Pacs:Jobs:Concurrency: at least 1.";
        if (o.MaxAttempts < 1) yield return "Pacs:Jobs:MaxAttempts: at least 1.";
        if (o.RetryDelaySeconds < 1) yield return "Pacs:Jobs:RetryDelaySeconds: at least 1.";
        if (o.MaxRetryDelaySeconds < o.RetryDelaySeconds) yield return "Pacs:Jobs:MaxRetryDelaySeconds: not below RetryDelaySeconds.";
        if (o.MaxAwayDelaySeconds < 1) yield return "Pacs:Jobs:MaxAwayDelaySeconds: at least 1.";
        if (o.GiveUpAfterHours is < 0 or > 876_000) yield return "Pacs:Jobs:GiveUpAfterHours: from 0, for never, to 876000.";
        if (o.LeaseSeconds is < 4 or > 3600) yield return "Pacs:Jobs:LeaseSeconds: from 4 to 3600.";
        if (o.KeepDays is < 1 or > 36500) yield return "Pacs:Jobs:KeepDays: from 1 to 36500.";
        if (o.VerifyMinutes is < 0 or > 10080) yield return "Pacs:Jobs:VerifyMinutes: from 0, for none, to 10080.";
    }

    private static IEnumerable<string> Studies(StudyOptions o)
    {
        if (o.QuietSeconds is < 1 or > 86400) yield return "Pacs:Studies:QuietSeconds: from 1 to 86400.";
    }

    private static IEnumerable<string> Changes(ChangeOptions o)
    {
        if (o.KeepDays is < 1 or > 36500) yield return "Pacs:Changes:KeepDays: from 1 to 36500.";
    }

    private static IEnumerable<string> Gateway(GatewayOptions o)
    {
        if (o.CacheBytes < 0) yield return "Pacs:Gateway:CacheBytes: not negative.";
        if (o.Fetches is < 1 or > 256) yield return "Pacs:Gateway:Fetches: from 1 to 256.";
    }

    private static IEnumerable<string> Peers(IReadOnlyList<Peer> peers)
    {
        for (var i = 0; i < peers.Count; i++)
        {
            // What arrives is noted for those in the database, in the transaction that stores it.
            if (peers[i].Gateway is not null) yield return $"Pacs:Peers:{i}:Gateway: an archive behind this one is kept by REST, PUT /api/v1/peers/{peers[i].AeTitle}.";
            foreach (var fault in AccessValidation.Faults(peers[i])) yield return $"Pacs:Peers:{i}:{fault}";
        }
        foreach (var title in peers.GroupBy(p => p.AeTitle).Where(g => g.Count() > 1)) yield return $"Pacs:Peers: {title.Key} is there twice.";
    }

    private static IEnumerable<string> Telemetry(TelemetryOptions o)
    {
        if (o.OtlpEndpoint is { } url && !IsHttpUrl(url)) yield return "Pacs:Telemetry:OtlpEndpoint: an absolute http or https URL.";
    }

    /// <summary>* and + stand for all addresses.</summary>
    private static bool IsListenUrl(string text) => IsHttpUrl(text.Replace("//*", "//any", StringComparison.Ordinal).Replace("//+", "//any", StringComparison.Ordinal));

    private static bool IsOrigin(string text) =>
        text == "*" || (IsHttpUrl(text) && new Uri(text).GetLeftPart(UriPartial.Authority).Equals(text, StringComparison.OrdinalIgnoreCase));

    private static bool IsHttpUrl(string text) => Uri.TryCreate(text, UriKind.Absolute, out var uri) && uri.Scheme is ("http" or "https");

    private static bool IsConnectionString(string text)
    {
        try
        {
            return new NpgsqlConnectionStringBuilder(text).Host is { Length: > 0 };
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            return false;
        }
    }
}
