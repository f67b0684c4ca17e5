using System.Collections.Concurrent;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;

namespace Pacs.Dicom.Tests.Net;

/// <summary>The least that a service can be: keeps what is stored, answers queries from a list, sends it on C-GET.</summary>
internal sealed class TestService : IDimseService
{
    public static string[] Native { get; } = [Uids.ImplicitVRLittleEndian, Uids.ExplicitVRLittleEndian];

    public IReadOnlyList<ServiceContext> Contexts { get; init; } =
    [
        new(Uids.Verification, Native),
        new(Uids.CTImageStorage, Native) { RequestorMayBeScp = true },
        new(Uids.SecondaryCaptureImageStorage, [Uids.JPEGBaseline8Bit]),
        new(Uids.StudyRootQueryRetrieveInformationModelFind, Native),
        new(Uids.StudyRootQueryRetrieveInformationModelGet, Native),
    ];

    public ConcurrentDictionary<string, byte[]> Stored { get; } = [];
    public List<DicomDataset> Answers { get; } = [];

    /// <summary>Done before anything else with every request.</summary>
    public Action<DimseRequest> Before { get; init; } = _ => { };

    /// <summary>Done with every request but C-ECHO, and nothing else.</summary>
    public Action<DimseRequest>? Instead { get; init; }

    public void Handle(DimseRequest request)
    {
        if (Instead is not null && request.Command.Command != CommandField.CEchoRq)
        {
            Instead(request);
            return;
        }
        Before(request);
        switch (request.Command.Command)
        {
            case CommandField.CStoreRq: Store(request); break;
            case CommandField.CFindRq: Find(request); break;
            case CommandField.CGetRq: Get(request); break;
            default: request.Respond(DimseStatus.Success); break;
        }
    }

    private void Store(DimseRequest request)
    {
        var bytes = new MemoryStream();
        while (request.ReadFragments(out var fragments))
            foreach (var fragment in fragments) bytes.Write(fragment.Span);
        Stored[request.Command.AffectedSopInstanceUid!] = bytes.ToArray();
        request.Respond(DimseStatus.Success);
    }

    private void Find(DimseRequest request)
    {
        request.ReadDataset();
        foreach (var answer in Answers)
        {
            if (request.IsCancelRequested)
            {
                request.Respond(DimseStatus.Cancel);
                return;
            }
            request.Respond(request.Command.Response(DimseStatus.Pending), answer);
        }
        request.Respond(DimseStatus.Success);
    }

    private void Get(DimseRequest request)
    {
        request.ReadDataset();
        ushort completed = 0;
        foreach (var (uid, bytes) in Stored)
        {
            var status = request.Store(new StoreOperation(request.FindContexts(Uids.CTImageStorage)[0], Uids.CTImageStorage, uid, new MemoryStream(bytes))).Status;
            if (status.IsDone) completed++;
            var pending = request.Command.Response(request.IsCancelRequested ? DimseStatus.Cancel : DimseStatus.Pending);
            pending.CompletedSuboperations = completed;
            request.Respond(pending);
            if (!pending.Status.IsPending) return;
        }
        var final = request.Command.Response(DimseStatus.Success);
        final.CompletedSuboperations = completed;
        request.Respond(final);
    }
}
