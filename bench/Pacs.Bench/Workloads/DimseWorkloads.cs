using System.Diagnostics;
using Pacs.Bench.Measurement;
using Pacs.Bench.Objects;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;

namespace Pacs.Bench.Workloads;

/// <summary>Stores, finds and fetches over DIMSE.</summary>
internal static class DimseWorkloads
{
    public const string CallingAeTitle = "BENCH";

    /// <summary>C-STORE of fresh objects, divided among so many associations.</summary>
    public static async Task<(Result Result, IReadOnlyList<StoredStudy> Studies)> StoreAsync(Target target, ImageSize size, int count, int associations)
    {
        var studies = new List<StoredStudy>();
        var result = await Result.MeasureAsync($"C-STORE {size.Name} ×{associations}", target.Name, target.ProcessIds, samples =>
            Clients.RunAsync(associations, client =>
            {
                var stored = StoreOn(target, size, Clients.ShareOf(client, associations, count), samples);
                lock (studies) studies.AddRange(stored);
            }));
        return (result, studies);
    }

    private static List<StoredStudy> StoreOn(Target target, ImageSize size, int count, Samples samples)
    {
        var source = new ObjectSource(size);
        using var association = Connect(target, [new(size.SopClassUid, Uids.ExplicitVRLittleEndian)]);
        var context = association.FindContexts(size.SopClassUid)[0];
        List<StoredStudy> studies = [];
        List<string> instances = [];
        for (var i = 0; i < count; i++)
        {
            var next = source.Next();
            var started = Stopwatch.GetTimestamp();
            var response = association.Store(new StoreOperation(context, next.SopClassUid, next.SopInstanceUid, next.Dataset));
            if (!response.Status.IsDone)
            {
                samples.Failed();
                continue;
            }
            samples.Succeeded(started, next.Dataset.Length);
            if (i % ObjectSource.InstancesPerSeries == 0)
            {
                instances = [];
                studies.Add(new StoredStudy(source.PatientIdOf(i / ObjectSource.InstancesPerSeries), next.StudyInstanceUid, next.SeriesInstanceUid, instances));
            }
            instances.Add(next.SopInstanceUid);
        }
        association.Release();
        return studies;
    }

    /// <summary>C-GET of whole studies, one after the other; the client counts the bytes and lets them go.</summary>
    public static Task<Result> GetAsync(Target target, IReadOnlyList<StoredStudy> studies, ImageSize size) =>
        Result.MeasureAsync($"C-GET {size.Name} study", target.Name, target.ProcessIds, samples => Clients.RunAsync(1, _ =>
        {
            using var association = Connect(target,
            [
                new(Uids.StudyRootQueryRetrieveInformationModelGet, Uids.ExplicitVRLittleEndian),
                new(size.SopClassUid, Uids.ExplicitVRLittleEndian) { AsScp = true },
            ]);
            var sink = new DiscardingStore(size.SopClassUid, samples);
            foreach (var study in studies)
                Check(association.Get(Uids.StudyRootQueryRetrieveInformationModelGet, StudyIdentifier(study), sink), samples);
            association.Release();
        }));

    /// <summary>C-MOVE of whole studies to a destination of this program, which the server has to know as <see cref="CallingAeTitle"/>.</summary>
    public static Task<Result> MoveAsync(Target target, IReadOnlyList<StoredStudy> studies, ImageSize size, int port) =>
        Result.MeasureAsync($"C-MOVE {size.Name} study", target.Name, target.ProcessIds, samples => Clients.RunAsync(1, _ =>
        {
            using var sink = new AssociationListener(
                new AssociationListenerOptions { EndPoint = new(System.Net.IPAddress.Loopback, port) }, [new DiscardingStore(size.SopClassUid, samples)]);
            sink.Start();
            using var association = Connect(target, [new(Uids.StudyRootQueryRetrieveInformationModelMove, Uids.ExplicitVRLittleEndian)]);
            foreach (var study in studies)
                Check(association.Move(Uids.StudyRootQueryRetrieveInformationModelMove, CallingAeTitle, StudyIdentifier(study)), samples);
            association.Release();
        }));

    /// <summary>C-FIND at the study level, one association; the identifier's keys are given by name.</summary>
    public static Task<Result> FindAsync(Target target, string name, int count, Func<int, DicomDataset> identifier) =>
        Result.MeasureAsync($"C-FIND {name}", target.Name, target.ProcessIds, samples => Clients.RunAsync(1, _ =>
        {
            using var association = Connect(target, [new(Uids.StudyRootQueryRetrieveInformationModelFind, Uids.ExplicitVRLittleEndian)]);
            for (var i = 0; i < count; i++)
            {
                var started = Stopwatch.GetTimestamp();
                if (Check(association.Find(Uids.StudyRootQueryRetrieveInformationModelFind, identifier(i)), samples)) samples.Succeeded(started, 0);
            }
            association.Release();
        }));

    private static DicomDataset StudyIdentifier(StoredStudy study) =>
        new DicomDataset().Set(Tags.QueryRetrieveLevel, "STUDY").Set(Tags.StudyInstanceUID, study.StudyInstanceUid);

    // Runs the responses to their end; a final one that is no success counts as a failure.
    private static bool Check(IEnumerable<DimseResponse> responses, Samples samples)
    {
        var final = DimseStatus.Pending;
        foreach (var response in responses) final = response.Status;
        if (!final.IsSuccess) samples.Failed();
        return final.IsSuccess;
    }

    private static ClientAssociation Connect(Target target, IReadOnlyList<ProposedContext> contexts)
    {
        var address = target.Dimse ?? throw new InvalidOperationException("This takes a DIMSE address: --dimse AET@host:port.");
        return ClientAssociation.Connect(new ClientAssociationOptions
        {
            Host = address.Host,
            Port = address.Port,
            CalledAeTitle = address.AeTitle,
            CallingAeTitle = CallingAeTitle,
            Contexts = contexts,
        });
    }
}
