using System.Net.Sockets;
using Pacs.Dimse.Server;
using Pacs.Storage.Access;
using Pacs.Storage.Hosting;
using Pacs.Storage.Settings;

namespace Pacs.Api.Health;

/// <summary>Whether this process can do its work now.</summary>
internal sealed class Readiness(PacsOptions options, PacsDatabase database, AccessSnapshots snapshots, SettingsService settings, IServiceProvider services)
{
    /// <summary>What is not in order, for a person; empty when all is.</summary>
    public async Task<IReadOnlyList<string>> FaultsAsync(CancellationToken cancellation)
    {
        var faults = new List<string>();
        if (!await database.IsReadyAsync(cancellation)) faults.Add("The database does not answer.");
        if (FreeBytes(options) is not { } free) faults.Add("The blob folder cannot be reached.");
        else if (free <= options.Storage.ReserveBytes) faults.Add("The disk's reserve is used up: new objects are refused.");
        else if (Measure(() => database.FreeBytes) <= options.Storage.ReserveBytes) faults.Add("The reserve of the private database's disk is used up: new objects are refused.");
        if (services.GetService<DimseServer>() is { } dimse && !IsListening(dimse)) faults.Add("The DICOM listener is down.");
        return faults;
    }

    /// <summary>What a person should look at, though this process can work; empty when all is well.</summary>
    public IReadOnlyList<string> Warnings =>
        [.. (services.GetService<DimseServer>()?.Listeners ?? []).Where(l => l.Fault is not null).Select(l => $"Listener {l.Name} is not open: {l.Fault}"), .. snapshots.Faults, .. settings.Faults];

    /// <summary>Bytes free where the blobs are; null when that cannot be told.</summary>
    public static long? FreeBytes(PacsOptions options) => Measure(() => new DriveInfo(options.BlobPath).AvailableFreeSpace);

    private static long? Measure(Func<long?> disk)
    {
        try
        {
            return disk();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool IsListening(DimseServer dimse)
    {
        try
        {
            return dimse.EndPoint.Port > 0;
        }
        catch (Exception e) when (e is ObjectDisposedException or SocketException or InvalidOperationException)
        {
            return false;
        }
    }
}
