using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;

namespace Pacs.TestKit.Clients;

/// <summary>Takes objects by C-STORE and keeps them in memory.</summary>
public sealed class CollectingStore(IReadOnlyList<ServiceContext> contexts) : IDimseService
{
    private readonly List<ReceivedObject> _objects = [];

    public IReadOnlyList<ServiceContext> Contexts { get; } = contexts;

    public IReadOnlyList<ReceivedObject> Objects
    {
        get
        {
            lock (_objects) return [.. _objects];
        }
    }

    public void Handle(DimseRequest request)
    {
        using var dataset = new MemoryStream();
        while (request.ReadFragments(out var fragments))
        {
            foreach (var fragment in fragments) dataset.Write(fragment.Span);
        }
        lock (_objects)
        {
            _objects.Add(new ReceivedObject(
                request.Command.AffectedSopClassUid ?? "", request.Command.AffectedSopInstanceUid ?? "", request.Context.TransferSyntax.Uid, dataset.ToArray()));
        }
        request.Respond(DimseStatus.Success);
    }
}
