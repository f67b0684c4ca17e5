using System.Collections.Concurrent;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Messages;
using Pacs.Dicom.Net;
using Pacs.TestKit.Clients;
using Pacs.TestKit.Processes;
using Pacs.TestKit.Samples;

namespace Pacs.Api.Tests.Fetching;

/// <summary>A peer that tells by C-FIND what it has, and does with a C-MOVE what a test says.</summary>
internal sealed class ScriptedArchive : IDisposable
{
    private readonly IReadOnlyList<SampleObject> _objects;
    private readonly ScriptedScp _scp;
    private readonly bool _isPatientRoot;

    /// <param name="objects">That it has.</param>
    /// <param name="isPatientRoot">It speaks Patient Root alone, and retrieves nothing without a Patient ID.</param>
    public ScriptedArchive(IReadOnlyList<SampleObject> objects, bool isPatientRoot = false)
    {
        _isPatientRoot = isPatientRoot;
        _objects = objects;
        string[] models = isPatientRoot
            ? [Uids.PatientRootQueryRetrieveInformationModelFind, Uids.PatientRootQueryRetrieveInformationModelMove]
            : [Uids.StudyRootQueryRetrieveInformationModelFind, Uids.StudyRootQueryRetrieveInformationModelMove];
        _scp = new ScriptedScp(models, Handle);
    }

    public DicomAddress Address => _scp.Address;

    /// <summary>Performs and answers a C-MOVE of the objects.</summary>
    public Action<DimseRequest, IReadOnlyList<SampleObject>> OnMove { get; set; } = (_, _) => { };

    /// <summary>Identifiers of C-MOVEs so far.</summary>
    public ConcurrentQueue<(ushort MessageId, DicomDataset Identifier)> Moves { get; } = [];

    /// <summary>C-STOREs to a destination as the sub-operations of a C-MOVE; without who asked where <paramref name="origin"/> is null.</summary>
    public static CommandSet Store(DicomAddress destination, SampleObject sample, DimseRequest? origin)
    {
        using var association = new TestScu(destination).Connect([new(sample.SopClassUid, sample.TransferSyntax.Uid)]);
        var response = association.Store(new StoreOperation(association.FindContexts(sample.SopClassUid)[0], sample.SopClassUid, sample.SopInstanceUid, new MemoryStream(sample.ToDatasetBytes()))
        {
            MoveOriginatorAeTitle = origin?.Association.CallingAeTitle,
            MoveOriginatorMessageId = origin?.Command.MessageId,
        });
        association.Release();
        return response;
    }

    /// <summary>The end of a C-MOVE with counts and, where objects failed, their list.</summary>
    public static void End(DimseRequest request, DimseStatus status, int completed, params IReadOnlyList<string> failed)
    {
        var response = request.Command.Response(status);
        (response.CompletedSuboperations, response.FailedSuboperations, response.WarningSuboperations) = ((ushort)completed, (ushort)failed.Count, 0);
        request.Respond(response, failed.Count > 0 ? new DicomDataset().Set(Tags.FailedSOPInstanceUIDList, failed) : null);
    }

    public void Dispose() => _scp.Dispose();

    private void Handle(DimseRequest request)
    {
        var identifier = request.ReadDataset();
        var selected = _objects.Where(o => Fits(identifier, Tags.StudyInstanceUID, o.StudyInstanceUid) && Fits(identifier, Tags.SeriesInstanceUID, o.SeriesInstanceUid) && Fits(identifier, Tags.SOPInstanceUID, o.SopInstanceUid)).ToList();
        if (request.Command.Command == CommandField.CMoveRq)
        {
            Moves.Enqueue((request.Command.MessageId, identifier));
            if (_isPatientRoot && !selected.Any(o => o.PatientId == identifier.GetString(Tags.PatientID)))
            {
                End(request, DimseStatus.DatasetDoesNotMatchSopClass, 0);
                return;
            }
            OnMove(request, selected);
            return;
        }
        IEnumerable<DicomDataset> matches = identifier.GetString(Tags.QueryRetrieveLevel) switch
        {
            "STUDY" => selected.DistinctBy(o => o.StudyInstanceUid).Select(o => new DicomDataset().Set(Tags.StudyInstanceUID, o.StudyInstanceUid)),
            "SERIES" => selected.DistinctBy(o => o.SeriesInstanceUid).Select(o => new DicomDataset().Set(Tags.SeriesInstanceUID, o.SeriesInstanceUid)),
            _ => selected.Select(o => new DicomDataset().Set(Tags.SOPInstanceUID, o.SopInstanceUid).Set(Tags.SOPClassUID, o.SopClassUid)),
        };
        if (_isPatientRoot && identifier.Contains(Tags.PatientID)) matches = matches.Select(m => m.Set(Tags.PatientID, selected[0].PatientId));
        foreach (var match in matches) request.Respond(request.Command.Response(DimseStatus.Pending), match);
        request.Respond(DimseStatus.Success);
    }

    private static bool Fits(DicomDataset identifier, Pacs.Dicom.Primitives.Tag tag, string uid) =>
        identifier.GetStrings(tag) is var wanted && (!wanted.Any(w => w.Length > 0) || wanted.Contains(uid));
}
