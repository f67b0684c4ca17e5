using Pacs.Api.Errors;
using Pacs.Api.Negotiation;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Multipart;
using Pacs.Storage.Retrieval;

namespace Pacs.Api.Wado;

/// <summary>
/// What instances are sent as, and in which transfer syntaxes (PS3.18 §8.7.8), decided before the first byte. Of several ranges
/// that hold a representation the most specific gives its quality (RFC 9110 §12.5.1). A transfer syntax that is named: that one.
/// <c>*</c>: any, which is the stored one. Not named: Explicit VR Little Endian, or the stored one when pixels are encapsulated,
/// since that is the only form they have here; within a zip, the stored one. Among equals the stored one comes first.
/// </summary>
internal sealed class InstanceNegotiation
{
    private readonly RetrievalService _retrieval;
    private readonly IReadOnlyList<IReadOnlyList<MediaType>> _tiers;
    private readonly InstanceForm[] _forms;

    /// <exception cref="ApiException">400: rendered media types among those of DICOM. 406: nothing of what is accepted is served here.</exception>
    public InstanceNegotiation(RetrievalService retrieval, IReadOnlyList<IReadOnlyList<MediaType>> tiers, bool isOneInstance)
    {
        var acceptable = tiers.SelectMany(tier => tier).Where(range => range.Quality > 0).ToList();
        RefuseMixture(tiers);
        (_retrieval, _tiers) = (retrieval, tiers);
        _forms = isOneInstance ? [InstanceForm.Multipart, InstanceForm.SinglePart, InstanceForm.Zip] : [InstanceForm.Multipart, InstanceForm.Zip];
        if (!_forms.Any(form => acceptable.Any(range => Precision(range, form) >= 0))) throw NotServed(acceptable, isOneInstance);
    }

    /// <summary>
    /// Whether none of the forms of instances is accepted, but octets in parts are: that asks an instance resource for its bulk
    /// data (PS3.18 §10.4.4, retained for historical reasons).
    /// </summary>
    public static bool IsForBulkData(IReadOnlyList<IReadOnlyList<MediaType>> tiers)
    {
        var acceptable = tiers.SelectMany(tier => tier).Where(range => range.Quality > 0).ToList();
        return acceptable.Exists(range => range is { IsMultipart: true, Payload: MediaTypes.OctetStream })
            && !acceptable.Exists(range => Enum.GetValues<InstanceForm>().Any(form => Precision(range, form) >= 0));
    }

    /// <summary>The form, and the syntax for each of the instances, in their order.</summary>
    /// <exception cref="ApiException">406: not every one can be had in an acceptable syntax. None is left out (PS3.18 §10.4.3: 206 would let us).</exception>
    public (InstanceForm Form, IReadOnlyList<TransferSyntax> Syntaxes) Decide(IReadOnlyList<StoredInstance> instances)
    {
        foreach (var tier in _tiers)
        {
            var best = _forms.Select((form, order) => (form, order, Choice: Choose(tier, form, instances)))
                .Where(f => f.Choice.Quality > 0)
                .OrderByDescending(f => f.Choice.Quality).ThenBy(f => f.Choice.Index).ThenBy(f => f.order)
                .FirstOrDefault();
            if (best.Choice.Syntaxes is { } syntaxes) return (best.form, syntaxes);
        }
        var refused = instances.GroupBy(instance => instance.TransferSyntax.Uid)
            .Where(alike => _tiers.All(tier => _forms.All(form => Choose(tier, form, [alike.First()]).Quality == 0))).SelectMany(alike => alike).ToList();
        throw ApiException.NotAcceptable(refused.Count == 0
            ? "No one form that is accepted holds all of these instances. Ask with transfer-syntax=* to get each as it is stored."
            : $"{refused.Count} of {instances.Count} instances cannot be had in the transfer syntax asked for, the first of them stored as {refused[0].TransferSyntax.Uid}. "
                + "Ask with transfer-syntax=* to get each as it is stored.");
    }

    /// <summary>The parameter and the header each by itself: a browser's header has rendered types even where its link asks for one of DICOM.</summary>
    /// <exception cref="ApiException">400: DICOM media types and rendered ones are accepted together (PS3.18 §8.7.5).</exception>
    public static void RefuseMixture(IReadOnlyList<IReadOnlyList<MediaType>> tiers)
    {
        foreach (var tier in tiers)
        {
            var acceptable = tier.Where(range => range.Quality > 0).ToList();
            if (acceptable.Find(MediaTypes.IsRendered) is { } rendered && acceptable.Find(range => range.Payload.StartsWith(MediaTypes.Dicom, StringComparison.Ordinal)) is { } dicom)
                throw ApiException.BadRequest($"Media types of DICOM ({dicom.Payload}) and rendered ones ({rendered.Name}) cannot be accepted in one request. Ask for either.");
        }
    }

    /// <summary>The quality that the least wanted of the instances has, the place of the range that wants the first, and the syntaxes; null with quality 0.</summary>
    private (double Quality, int Index, IReadOnlyList<TransferSyntax>? Syntaxes) Choose(IReadOnlyList<MediaType> tier, InstanceForm form, IReadOnlyList<StoredInstance> instances)
    {
        var known = new Dictionary<string, (double Quality, int Index, TransferSyntax Syntax)>();
        var syntaxes = new TransferSyntax[instances.Count];
        var (quality, index) = (1.0, 0);
        for (var i = 0; i < syntaxes.Length; i++)
        {
            if (!known.TryGetValue(instances[i].TransferSyntax.Uid, out var choice)) known.Add(instances[i].TransferSyntax.Uid, choice = Choose(tier, form, instances[i]));
            if (choice.Quality == 0) return default;
            if (i == 0) index = choice.Index;
            quality = Math.Min(quality, choice.Quality);
            syntaxes[i] = choice.Syntax;
        }
        return (quality, index, syntaxes);
    }

    private (double Quality, int Index, TransferSyntax Syntax) Choose(IReadOnlyList<MediaType> tier, InstanceForm form, StoredInstance instance)
    {
        var stored = instance.TransferSyntax;
        var usual = form == InstanceForm.Zip || !stored.IsNative ? stored : TransferSyntaxRegistry.ExplicitVrLittleEndian;
        (double Quality, int Index, TransferSyntax Syntax) best = (0, 0, stored);
        foreach (var syntax in Candidates(tier, form, instance).Prepend(usual).Prepend(stored))
        {
            var (quality, index) = QualityOf(tier, form, syntax, syntax == usual);
            if (quality > best.Quality) best = (quality, index, syntax);
        }
        return best;
    }

    private IEnumerable<TransferSyntax> Candidates(IReadOnlyList<MediaType> tier, InstanceForm form, StoredInstance instance)
    {
        foreach (var range in tier)
        {
            if (Precision(range, form) >= 0 && range.TransferSyntax is { } uid && TransferSyntaxRegistry.TryGet(uid, out var syntax) && _retrieval.CanServe(instance, syntax))
                yield return syntax;
        }
    }

    private static (double Quality, int Index) QualityOf(IReadOnlyList<MediaType> tier, InstanceForm form, TransferSyntax syntax, bool isUsual)
    {
        var (best, quality, index) = (-1, 0.0, 0);
        for (var i = 0; i < tier.Count; i++)
        {
            var range = tier[i];
            var precision = Precision(range, form);
            if (precision < 0) continue;
            var ofSyntax = range.TransferSyntax switch
            {
                // What is not acceptable is so in every syntax, unless another range says otherwise.
                null => isUsual || range.Quality == 0 ? 0 : -1,
                "*" => 1,
                var uid => uid == syntax.Uid ? 2 : -1,
            };
            if (ofSyntax < 0 || precision * 3 + ofSyntax <= best) continue;
            (best, quality, index) = (precision * 3 + ofSyntax, range.Quality, i);
        }
        return (quality, index);
    }

    /// <summary>0 for */*, 1 for a range of types, 2 for the type; negative when a range does not hold the form.</summary>
    private static int Precision(MediaType range, InstanceForm form) => range.Name switch
    {
        "*/*" => 0,
        "multipart/*" => form == InstanceForm.Multipart ? 1 : -1,
        "application/*" => form != InstanceForm.Multipart ? 1 : -1,
        MediaTypes.Multipart => form == InstanceForm.Multipart && MediaType.Covers(range.Payload, MediaTypes.Dicom) ? 2 : -1,
        MediaTypes.Dicom => form == InstanceForm.SinglePart ? 2 : -1,
        MediaTypes.Zip => form == InstanceForm.Zip ? 2 : -1,
        _ => -1,
    };

    private static ApiException NotServed(IReadOnlyList<MediaType> acceptable, bool isOneInstance) => ApiException.NotAcceptable(
        acceptable.Any(MediaTypes.IsRendered) ? RenderedResource.Reason
        : isOneInstance ? "Instances are served as application/dicom, alone or within multipart/related; type=\"application/dicom\", and as application/zip."
        : "Several instances are served as multipart/related; type=\"application/dicom\" and as application/zip; application/dicom alone is for one.");
}
