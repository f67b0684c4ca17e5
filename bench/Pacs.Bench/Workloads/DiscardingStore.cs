using System.Diagnostics;
using Pacs.Bench.Measurement;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;

namespace Pacs.Bench.Workloads;

/// <summary>Takes objects, counts them and lets them go.</summary>
internal sealed class DiscardingStore(string sopClassUid, Samples samples) : IDimseService
{
    public IReadOnlyList<ServiceContext> Contexts { get; } = [new(sopClassUid, [Uids.ExplicitVRLittleEndian]) { RequestorMayBeScp = true }];

    public void Handle(DimseRequest request)
    {
        var started = Stopwatch.GetTimestamp();
        var bytes = 0L;
        while (request.ReadFragments(out var fragments))
        {
            foreach (var fragment in fragments) bytes += fragment.Length;
        }
        samples.Succeeded(started, bytes);
        request.Respond(DimseStatus.Success);
    }
}
