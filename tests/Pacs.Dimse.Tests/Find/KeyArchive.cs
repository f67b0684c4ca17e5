using Pacs.Dicom.Datasets;
using Pacs.TestKit.Samples;

namespace Pacs.Dimse.Tests.Find;

/// <summary>A server with objects that have every attribute of the table of query keys.</summary>
public sealed class KeyArchive : IAsyncLifetime
{
    private readonly KeyObjects _objects = new();

    public DimseFixture Server { get; } = new();

    /// <summary>The object whose values the keys have, by kind.</summary>
    public IReadOnlyDictionary<string, DicomDataset> Wanted => _objects.Wanted;

    public async Task InitializeAsync()
    {
        await Server.InitializeAsync();
        foreach (var sample in _objects.All) Server.Store(sample);
    }

    public Task DisposeAsync() => Server.DisposeAsync();
}
